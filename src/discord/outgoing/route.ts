/** What a path means to the rate limits. */
export interface Route {
  /** Ids and tokens replaced, for metrics and round-trip times: `/channels/:id/messages/:id`. */
  readonly template: string;
  /** Method, template and major parameter: what Discord counts together. Reactions have one bucket. */
  readonly bucketKey: string;
  /** Interaction endpoints do not count towards the bot's global limit. */
  readonly isExempt: boolean;
}

const MAJOR = /^\/(?:channels|guilds|webhooks)\/(\d{1,20})/;
const WEBHOOK = /^\/webhooks\/(\d{1,20}\/[^/?]{1,400})/;

/**
 * The server's own bucket hash is left aside on purpose: Discord answers creates and edits of a channel with the
 * same hash, yet counts them apart.
 */
export function toRoute(method: string, path: string): Route {
  const isExempt = path.startsWith('/interactions/') || path.startsWith('/webhooks/');
  const template = path
    .replace(/\?.*$/s, '')
    .replace(/^\/interactions\/\d{1,20}\/[^/]{1,400}/, '/interactions/:id/:token')
    .replace(/^\/webhooks\/\d{1,20}\/[^/]{1,400}/, '/webhooks/:id/:token')
    .replace(/\/reactions\/.*$/s, '/reactions/:reaction')
    .replace(/\/\d{1,20}(?=\/|$)/g, '/:id');
  const major = path.startsWith('/interactions/')
    ? path
    : (WEBHOOK.exec(path)?.[1] ?? MAJOR.exec(path)?.[1] ?? '');
  // Reactions are counted together, whether they are added or taken away.
  const counted = template.endsWith('/reactions/:reaction') ? '*' : method;
  return { template, bucketKey: `${counted} ${template} ${major}`, isExempt };
}
