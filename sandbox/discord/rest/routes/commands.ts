import { requireGuild } from '../../actions/access.ts';
import { refusals } from '../api-error.ts';
import { param, type RestRequest, type Route } from '../router.ts';
import { commandBody, commandsBody, type CommandBody } from '../schemas/command.ts';
import { parseBody } from '../validation.ts';

/** Global commands where the path names no guild. */
function scopeOf(request: RestRequest): string | null {
  const { core, params } = request;
  if (param(request, 'applicationId') !== core.settings.applicationId) throw refusals.unknownApplication();
  const guildId = params['guildId'];
  if (guildId === undefined) return null;
  return requireGuild(core, core.bot.id, guildId).id;
}

function createScopedRoutes(base: string): Route[] {
  return [
    {
      method: 'GET',
      path: base,
      handle: (request) => ({ body: request.core.commands.list(scopeOf(request)) }),
    },
    {
      method: 'PUT',
      path: base,
      handle(request) {
        const scope = scopeOf(request);
        return { body: request.core.commands.overwrite(scope, parseBody(commandsBody, request.body)) };
      },
    },
    {
      method: 'POST',
      path: base,
      handle(request) {
        const scope = scopeOf(request);
        const saved = request.core.commands.put(scope, parseBody(commandBody, request.body));
        return { status: saved.created ? 201 : 200, body: saved.command };
      },
    },
    {
      method: 'GET',
      path: `${base}/:commandId`,
      handle: (request) => ({
        body: request.core.commands.get(scopeOf(request), param(request, 'commandId')),
      }),
    },
    {
      method: 'PATCH',
      path: `${base}/:commandId`,
      handle(request) {
        const { commands } = request.core;
        const [scope, id] = [scopeOf(request), param(request, 'commandId')];
        const before = commands.get(scope, id) as unknown as CommandBody;
        const given = typeof request.body === 'object' ? request.body : {};
        return { body: commands.replace(scope, id, parseBody(commandBody, { ...before, ...given })) };
      },
    },
    {
      method: 'DELETE',
      path: `${base}/:commandId`,
      handle(request) {
        request.core.commands.delete(scopeOf(request), param(request, 'commandId'));
        return {};
      },
    },
  ];
}

export function createCommandRoutes(): Route[] {
  return [
    ...createScopedRoutes('/applications/:applicationId/commands'),
    ...createScopedRoutes('/applications/:applicationId/guilds/:guildId/commands'),
  ];
}
