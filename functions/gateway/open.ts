import { environment } from '../core/environment.ts'
import { Rate } from '../core/rate.ts'
import { SdkCloser, type Closer } from './closer.ts'
import { HttpPoster, type Poster } from './poster.ts'

/** Posting to connections and closing them, at the address that the stack gave. */
export function openGateway(): { poster: Poster; closer: Closer; rate: Rate; random: () => number } {
  const url = environment('CONNECTIONS_URL')
  return {
    poster: new HttpPoster({ url, region: environment('AWS_REGION'), credentials }),
    closer: new SdkCloser(url),
    rate: new Rate(),
    random: Math.random,
  }
}

/** Lambda puts the role's credentials into the environment. */
function credentials() {
  const sessionToken = process.env['AWS_SESSION_TOKEN']
  return {
    accessKeyId: environment('AWS_ACCESS_KEY_ID'),
    secretAccessKey: environment('AWS_SECRET_ACCESS_KEY'),
    ...(sessionToken === undefined ? {} : { sessionToken }),
  }
}
