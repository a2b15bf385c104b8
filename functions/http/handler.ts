import type { Context } from 'aws-lambda'
import { GrantwireError } from '../core/errors.ts'
import { readRequest, type HttpEvent, type HttpRequest } from './request.ts'
import { problem, type HttpResponse } from './response.ts'

/** What a route does: takes a request, gives an answer or throws a GrantwireError. */
export type Route = (request: HttpRequest, context: Context) => Promise<HttpResponse>

/** A Lambda handler for these routes, by their keys in the HTTP API (`PATCH /groups/{groupId}`). */
export function httpHandler(routes: Readonly<Record<string, Route>>) {
  return async (event: HttpEvent, context: Context): Promise<HttpResponse> => {
    try {
      const route = routes[event.routeKey]
      if (route === undefined) throw new GrantwireError('route_not_found', `There is no ${event.routeKey}.`)
      return await route(readRequest(event), context)
    } catch (error) {
      if (error instanceof GrantwireError && error.code !== 'internal') return problem(error)
      // Reported here, once; the caller learns that it was not their doing, and nothing else.
      console.error('request failed', { route: event.routeKey, requestId: context.awsRequestId, error })
      return problem(
        new GrantwireError('internal', `Try again; if it goes on, report the request id ${context.awsRequestId}.`),
      )
    }
  }
}
