/** What a server takes besides the plain request. Learnt once per server, then remembered. */
export interface ProviderProfile {
  /** `safety_identifier` and `prompt_cache_key`, which some servers refuse as unknown. */
  readonly takesVendorFields: boolean;
  /** `stream_options`; not known to some older servers. */
  takesStreamOptions(): boolean;
  /** Looks at a refusal; true where the cause was `stream_options` and the request is worth making again. */
  learnFromRefusal(status: unknown, message: string): boolean;
}

/** `baseUrl`: the API's, as `https://api.openai.com/v1`. */
export function createProviderProfile(baseUrl: string): ProviderProfile {
  let hasStreamOptions = true;
  return {
    takesVendorFields: URL.parse(baseUrl)?.hostname === 'api.openai.com',
    takesStreamOptions: () => hasStreamOptions,
    learnFromRefusal(status, message) {
      if (!hasStreamOptions || (status !== 400 && status !== 422)) return false;
      if (!/stream_options|include_usage/i.test(message)) return false;
      hasStreamOptions = false;
      return true;
    },
  };
}
