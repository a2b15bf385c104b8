import type { CloudHosts } from './addresses.ts'
import type { Template } from './assembly.ts'
import { REGION, URL_SUFFIX } from './physical.ts'
import type { Physical } from './resolve.ts'

/** The host names that the resources of a template would have on AWS. */
export function cloudHosts(template: Template, physical: (logicalId: string) => Physical | undefined): CloudHosts {
  const find = (type: string, protocol?: string): Physical | undefined => {
    const found = Object.entries(template.Resources).find(
      ([, { Type, Properties }]) =>
        Type === type && (protocol === undefined || Properties?.['ProtocolType'] === protocol),
    )
    return found && physical(found[0])
  }
  const api = (protocol: string): string =>
    `${find('AWS::ApiGatewayV2::Api', protocol)?.ref ?? `no-${protocol}-api`}.execute-api.${REGION}.${URL_SUFFIX}`
  return {
    httpApi: api('HTTP'),
    webSocketApi: api('WEBSOCKET'),
    anyApi: `*.execute-api.${REGION}.${URL_SUFFIX}`,
    cognito: `cognito-idp.${REGION}.${URL_SUFFIX}`,
    anySignIn: `*.auth.${REGION}.amazoncognito.com`,
    distribution: find('AWS::CloudFront::Distribution')?.attributes['DomainName'] ?? 'no-distribution',
    sqs: `sqs.${REGION}.${URL_SUFFIX}`,
  }
}
