import { createApp } from '../src/app.ts';
import { parseConfig } from '../src/config.ts';
import type { Environment } from '../src/config.ts';
import { toBotEnvironment } from './bot-environment.ts';
import { defaultPace } from './crowd/question.ts';
import { startDiscord } from './discord/server.ts';
import type { SimulatedDiscord } from './discord/types.ts';
import { startModelServer } from './model/server.ts';
import type { ModelScript } from './model/types.ts';
import { fillDemoWorld } from './web/demo-world.ts';
import { startPageServer } from './web/server.ts';

export interface SandboxOptions {
  /** What answers; without it the model that `environment` names. */
  readonly script?: ModelScript;
  readonly environment?: Environment;
  readonly storeUrl?: string;
  /** Of the page; 0 picks one. */
  readonly port?: number;
}

export interface Sandbox extends AsyncDisposable {
  readonly discord: SimulatedDiscord;
  /** Of the page. */
  readonly url: string;
  /** What answers, as the page says it. */
  readonly modelLabel: string;
}

/** A Discord with the demonstration's people, the bot in it, and the page to talk to it. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { script, environment = {}, storeUrl = 'memory://', port = 0 } = options;
  await using stack = new AsyncDisposableStack();
  const discord = await startDiscord({ messageContentIntent: true });
  stack.defer(() => discord.stop());
  fillDemoWorld(discord);
  const model = script && (await startModelServer({ script }));
  stack.defer(() => model?.stop());
  const config = parseConfig(
    toBotEnvironment(environment, {
      token: discord.token,
      apiUrl: discord.apiUrl,
      storeUrl,
      ...(model && { scriptedModelUrl: model.baseUrl }),
    }),
  );
  const modelLabel = model ? 'No model is connected: a script answers' : config.model.name;
  const app = createApp(config);
  stack.defer(() => app.stop());
  await app.start();
  const page = await startPageServer({
    ...{ discord, port, modelLabel },
    ...(model && { crowdTokens: defaultPace.tokens }),
  });
  stack.defer(() => page.stop());
  const running = stack.move();
  return { discord, url: page.url, modelLabel, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
