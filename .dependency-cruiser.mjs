/** From the entry point down; each layer knows only those below it. */
const layers = [
  '^src/(main\\.ts$|start\\.js$|store-cli(\\.ts$|/))',
  '^src/lifecycle\\.ts$',
  '^src/app(\\.ts$|/)',
  '^commands/',
  '^src/discord/',
  '^src/intake/',
  '^src/runs/',
  '^src/prompt/',
  '^src/agent/',
  '^src/model/',
  '^src/tools/',
  '^src/policy/',
  '^src/attachments/',
  '^src/memory/',
  '^src/storage/',
  '^src/observability/',
  '^src/config(\\.ts$|/)',
  '^src/(errors\\.ts$|lib/)',
];

/** Each library stands behind one folder of ours. */
const libraries = {
  'discord.js': { users: '^(src/discord/|commands/)', modules: '/(discord\\.js|@discordjs/[^/]+)/' },
  openai: { users: '^src/model/', modules: '/openai/' },
  undici: { users: '^src/model/', modules: '/undici/' },
  keyv: { users: '^src/storage/', modules: '/(keyv|@keyv/[^/]+)/' },
  'node:sqlite': { users: '^(src/(storage|store-cli)|sandbox/nemesis)/', modules: '^(node:)?sqlite$' },
  sharp: { users: '^src/attachments/', modules: '/sharp/' },
  unpdf: { users: '^src/attachments/', modules: '/unpdf/' },
  pino: { users: '^src/observability/', modules: '/pino/' },
  'prom-client': { users: '^src/observability/', modules: '/prom-client/' },
};

const onlyDownward = layers.slice(1).map((layer, index) => ({
  name: `nothing-above-${layer.replace(/[\^$\\]|src\//g, '').replace(/\W+$/, '')}`,
  comment: 'A layer imports only those below it: CONTRIBUTING.md, "Direction".',
  severity: 'error',
  from: { path: layer },
  to: { path: layers.slice(0, index + 1) },
}));

const librariesInOnePlace = Object.entries(libraries).map(([name, { users, modules }]) => ({
  name: `${name}-in-one-place`,
  severity: 'error',
  // Tests and benchmarks may hold a library beside ours.
  from: { path: '^(src|commands|sandbox)/', pathNot: users },
  to: { path: modules },
}));

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...onlyDownward,
    ...librariesInOnePlace,
    {
      name: 'every-file-of-src-has-a-layer',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: layers },
    },
    {
      name: 'product-apart-from-its-workshop',
      severity: 'error',
      from: { path: '^(src|commands)/' },
      to: { path: '^(sandbox|test|bench)/' },
    },
    {
      name: 'simulators-know-nothing-of-the-bot',
      comment: 'They stand in for Discord and the model server, so they must not be shaped by our own code.',
      severity: 'error',
      from: { path: '^sandbox/(discord|model|page)/' },
      to: { path: '^(src|commands)/' },
    },
    {
      name: 'sandbox-uses-the-bot-from-outside',
      severity: 'error',
      from: { path: '^sandbox/' },
      to: { path: '^(src|commands)/', pathNot: '^src/(app|config|errors|observability/log|lib/abort)\\.ts$' },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependencies-in-the-product',
      severity: 'error',
      from: { path: '^(src|commands)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(sandbox/page/|bench/peers/)' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
};
