import { existsSync, readFileSync, statSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { StackTemplate } from '../template/stack-template.ts'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.map': 'application/json',
}

interface Page {
  body: Buffer
  cacheControl: string
}

/**
 * The console as the template deploys it: the files of its bucket deployments, with the addresses put into `config.json`, the
 * headers of its response headers policy, and `index.html` for every path that is no file, as CloudFront is told to do.
 */
export function createConsole(template: StackTemplate): RequestListener {
  const headers = securityHeaders(template)
  const find = deployedFiles(template)
  const compresses = compressesFiles(template)
  return (req, res) => {
    const host = req.headers.host ?? ''
    // One origin, so that sign-in and CORS know it.
    if (host.startsWith('localhost')) {
      res.writeHead(302, { location: `http://${host.replace('localhost', '127.0.0.1')}${req.url ?? '/'}` }).end()
      return
    }
    const path = decodeURI((req.url ?? '/').split('?')[0] ?? '/')
    const file = path === '/' ? '/index.html' : path
    const page = find(file) ?? find('/index.html')
    if (page === undefined || (req.method !== 'GET' && req.method !== 'HEAD')) {
      res.writeHead(page === undefined ? 404 : 405).end()
      return
    }
    const type = find(file) === undefined ? '.html' : extname(file)
    const isSmaller =
      compresses && isCompressible(type, page.body) && /\bgzip\b/.test(req.headers['accept-encoding'] ?? '')
    res.writeHead(200, {
      ...headers,
      'content-type': TYPES[type] ?? 'application/octet-stream',
      'cache-control': page.cacheControl,
      ...(isSmaller ? { 'content-encoding': 'gzip', vary: 'accept-encoding' } : {}),
    })
    const body = isSmaller ? gzipSync(page.body) : page.body
    res.end(req.method === 'HEAD' ? undefined : body)
  }
}

/**
 * CloudFront compresses text of 1,000 to 10,000,000 bytes
 * (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html).
 */
const isCompressible = (type: string, { length }: Buffer): boolean =>
  !['.png', '.woff2', '.ico'].includes(type) && length >= 1_000 && length <= 10_000_000

function compressesFiles(template: StackTemplate): boolean {
  const [distribution] = template.ofType('AWS::CloudFront::Distribution')
  const config = distribution?.properties['DistributionConfig'] as
    { DefaultCacheBehavior?: { Compress?: boolean } } | undefined
  return config?.DefaultCacheBehavior?.Compress === true
}

interface Deployment {
  SourceObjectKeys: string[]
  SourceMarkers?: Record<string, string>[]
  SystemMetadata?: { 'cache-control'?: string }
  Exclude?: string[]
}

/** Looks a file up in the bucket deployments; one that a deployment leaves out is looked for in the others. */
function deployedFiles(template: StackTemplate): (path: string) => Page | undefined {
  const sources = template.ofType('Custom::CDKBucketDeployment').flatMap(({ properties }) => {
    const deployment = properties as unknown as Deployment
    return deployment.SourceObjectKeys.map((key, index) => ({
      folder: template.assetPath(key.replace(/\.zip$/, '')),
      markers: deployment.SourceMarkers?.[index] ?? {},
      cacheControl: deployment.SystemMetadata?.['cache-control'] ?? '',
      exclude: deployment.Exclude ?? [],
    }))
  })
  return path => {
    const name = normalize(path).replace(/^\/+/, '')
    if (name.startsWith('..')) return undefined
    for (const { folder, markers, cacheControl, exclude } of sources) {
      if (exclude.some(pattern => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern)))
        continue
      const file = join(folder, name)
      if (!existsSync(file) || !statSync(file).isFile()) continue
      const bytes = readFileSync(file)
      const entries = Object.entries(markers)
      if (entries.length === 0) return { body: bytes, cacheControl }
      // Values that are known only at the deployment stand in the files as markers.
      const text = entries.reduce((result, [marker, value]) => result.replaceAll(marker, value), bytes.toString())
      return { body: Buffer.from(text), cacheControl }
    }
    return undefined
  }
}

/** The headers of the template's response headers policy. HSTS is left out: this machine has no TLS. */
function securityHeaders(template: StackTemplate): Record<string, string> {
  const [policy] = template.ofType('AWS::CloudFront::ResponseHeadersPolicy')
  const config = policy?.properties['ResponseHeadersPolicyConfig'] as
    | {
        SecurityHeadersConfig?: {
          ContentSecurityPolicy?: { ContentSecurityPolicy: string }
          FrameOptions?: { FrameOption: string }
          ReferrerPolicy?: { ReferrerPolicy: string }
          ContentTypeOptions?: object
        }
      }
    | undefined
  const security = config?.SecurityHeadersConfig
  return {
    ...(security?.ContentSecurityPolicy === undefined
      ? {}
      : { 'content-security-policy': security.ContentSecurityPolicy.ContentSecurityPolicy }),
    ...(security?.FrameOptions === undefined ? {} : { 'x-frame-options': security.FrameOptions.FrameOption }),
    ...(security?.ReferrerPolicy === undefined ? {} : { 'referrer-policy': security.ReferrerPolicy.ReferrerPolicy }),
    ...(security?.ContentTypeOptions === undefined ? {} : { 'x-content-type-options': 'nosniff' }),
  }
}
