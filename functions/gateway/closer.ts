import type { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi'
import { AWS_CLIENT } from '../core/aws-client.ts'

/** Closes connections. */
export interface Closer {
  /** Closing what is closed already does nothing. */
  close(connectionId: string): Promise<void>
}

/**
 * `DELETE /{stage}/@connections/{id}` by the SDK: rare, so its cost does not matter, and it is loaded only when a connection
 * is to be closed.
 */
export class SdkCloser implements Closer {
  readonly #url: string
  #client: ApiGatewayManagementApiClient | undefined

  constructor(url: string) {
    this.#url = url
  }

  async close(connectionId: string): Promise<void> {
    const { ApiGatewayManagementApiClient, DeleteConnectionCommand, GoneException } =
      await import('@aws-sdk/client-apigatewaymanagementapi')
    this.#client ??= new ApiGatewayManagementApiClient({ ...AWS_CLIENT, endpoint: this.#url })
    try {
      await this.#client.send(new DeleteConnectionCommand({ ConnectionId: connectionId }))
    } catch (error) {
      if (!(error instanceof GoneException)) throw error
    }
  }
}
