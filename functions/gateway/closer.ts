import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { AWS_CLIENT } from '../core/aws-client.ts'

/** Closes connections. */
export interface Closer {
  /** Closing what is closed already does nothing. */
  close(connectionId: string): Promise<void>
}

/** `DELETE /{stage}/@connections/{id}` by the SDK: rare, so its cost does not matter. */
export class SdkCloser implements Closer {
  readonly #url: string
  #client: ApiGatewayManagementApiClient | undefined

  constructor(url: string) {
    this.#url = url
  }

  async close(connectionId: string): Promise<void> {
    this.#client ??= new ApiGatewayManagementApiClient({ ...AWS_CLIENT, endpoint: this.#url })
    try {
      await this.#client.send(new DeleteConnectionCommand({ ConnectionId: connectionId }))
    } catch (error) {
      if (!(error instanceof GoneException)) throw error
    }
  }
}
