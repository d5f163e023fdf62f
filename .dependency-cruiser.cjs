/** The arrows of docs/architecture.md: cli → cloud → edge → (protocol, identity) → services → ports → kernel. */
const rooms = {
  kernel: [],
  store: ['kernel'],
  telemetry: ['kernel'],
  tasks: ['kernel', 'store', 'telemetry'],
  delivery: ['kernel', 'store', 'tasks', 'telemetry', 'platform'],
  compute: ['kernel', 'telemetry'],
  platform: ['kernel', 'store', 'tasks', 'delivery', 'compute', 'telemetry'],
  protocol: ['kernel'],
  identity: ['kernel', 'platform'],
  saml: ['kernel'],
  services: ['kernel', 'platform', 'store', 'tasks', 'delivery', 'compute', 'telemetry', 'saml'],
  edge: ['kernel', 'platform', 'protocol', 'identity', 'services', 'telemetry'],
  cloud: [
    'kernel',
    'platform',
    'store',
    'tasks',
    'delivery',
    'compute',
    'telemetry',
    'protocol',
    'identity',
    'services',
    'edge',
  ],
  cli: ['kernel', 'cloud'],
};

/** Tests, and what only tests use. */
const tests = '\\.test\\.ts$|/testing/|/contract\\.ts$|/fixture\\.ts$';

const arrows = Object.entries(rooms).map(([room, reaches]) => ({
  name: `${room}-reaches-only-its-own-arrows`,
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: tests },
  to: { path: '^src/', pathNot: `^src/(${[room, ...reaches].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...arrows,
    {
      name: 'no-service-imports-another',
      comment: 'A service reaches another through ctx.aws, with the same IAM check as from outside.',
      severity: 'error',
      from: { path: '^src/services/([^/]+)/' },
      to: { path: '^src/services/([^/]+)/', pathNot: '^src/services/$1/' },
    },
    {
      name: 'only-store-ts-sees-the-store',
      comment:
        'Keys are declared, never glued: a service touches the store in its store.ts (or store/) only.',
      severity: 'error',
      from: {
        path: '^src/services/[^/]+/',
        pathNot: '^src/services/[^/]+/(store\\.ts|store/|index\\.ts|testing/)|\\.test\\.ts$',
      },
      to: { path: '^src/store/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'domain-is-pure',
      comment: 'The domain engine: no I/O, no clock, no store.',
      severity: 'error',
      from: { path: '^src/services/[^/]+/domain/', pathNot: '\\.test\\.ts$' },
      to: {
        path: '^(src/(store|tasks|delivery|compute|telemetry|platform)/|(node:)?(fs|net|http|child_process|timers))',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};
