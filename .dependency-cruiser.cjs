/** The layering: protocol <- functions/core <- functions/{store,gateway,http,auth} <- functions/{steps,websocket} <- functions/*.ts; protocol <- web. */
const rule = (name, from, notTo, comment) => ({ name, severity: 'error', comment, from, to: notTo })

module.exports = {
  forbidden: [
    rule('no-circular', {}, { circular: true }, 'A circle has no first file to read.'),
    rule(
      'protocol-imports-nothing',
      { path: '^protocol/' },
      { path: '^(?!protocol/|node_modules/)' },
      'The contract depends on nobody.',
    ),
    rule(
      'browser-without-schemas',
      { path: '^web/' },
      { path: '^protocol/(schemas/|codes)', dependencyTypesNot: ['type-only'] },
      'The browser must not carry a schema library.',
    ),
    rule(
      'web-imports-protocol-only',
      { path: '^web/' },
      { path: '^(functions|infra|local|test|bench)/' },
      'The browser knows the wire, not the server.',
    ),
    rule(
      'core-is-pure',
      { path: '^functions/core/' },
      { path: '^functions/(?!core/)|^(infra|local|web)/|@aws-sdk|undici' },
      'Rules need no AWS and no mock.',
    ),
    rule(
      'store-knows-core',
      { path: '^functions/store/' },
      { path: '^functions/(?!store/|core/)|^(infra|local|web)/' },
      'DynamoDB stays behind store.',
    ),
    rule(
      'gateway-knows-core',
      { path: '^functions/gateway/' },
      { path: '^functions/(?!gateway/|core/)|^(infra|local|web)/' },
      'API Gateway and SQS stay behind gateway.',
    ),
    rule(
      'http-knows-core',
      { path: '^functions/http/' },
      { path: '^functions/(?!http/|core/|store/memberships)|^(infra|local|web)/' },
      'HTTP in and out, and who may.',
    ),
    rule(
      'steps-know-no-http',
      { path: '^functions/steps/' },
      { path: '^functions/(http|websocket|auth)/|^functions/[^/]+\\.ts$|^(infra|local|web)/' },
      'Steps do not know who calls them.',
    ),
    rule(
      'aws-behind-store-and-gateway',
      { path: '^functions/', pathNot: '^functions/(store|gateway)/' },
      { path: '@aws-sdk/|^node_modules/undici/' },
      'The AWS SDK has two homes.',
    ),
    rule(
      'infra-imports-no-runtime',
      { path: '^infra/' },
      { path: '^(functions|local|web|protocol)/' },
      'The stack names entry files.',
    ),
    rule(
      'local-reads-the-assembly-only',
      { path: '^local/' },
      { path: '^(functions|infra|protocol|web)/' },
      'The local run cannot drift from what is deployed.',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/|^cdk\\.out/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
