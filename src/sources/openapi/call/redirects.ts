import { isRedirect } from '../../../core/redirect.ts'
import type { HttpRequest, HttpResponse } from '../egress/http.ts'

/** Of one call; an API that sends on further than this is going in circles. */
const maxRedirects = 3

/**
 * Sends a request, and follows where its answers lead: GET and HEAD only, inside the origin of the request, and at most
 * three times. What would lead elsewhere is handed back as it is.
 *
 * @param send - sends one request, and puts the credentials into each of them: a place that an answer names has none
 */
export async function sendFollowing(
  request: HttpRequest,
  send: (request: HttpRequest) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  let response = await send(request)
  let at = request
  for (let hops = 0; hops < maxRedirects && isRedirect(response.status); hops += 1) {
    const url = placeOf(at, response)
    if (url === undefined) break
    at = { ...at, url }
    response = await send(at)
  }
  return response
}

/** Where a redirect leads, if it may be gone after. */
function placeOf({ method, url, body }: HttpRequest, { headers }: HttpResponse): URL | undefined {
  if ((method !== 'GET' && method !== 'HEAD') || body !== undefined) return undefined
  if (headers.location === undefined) return undefined
  const place = URL.parse(headers.location, url.href)
  // The origin says nothing of a user and a password.
  if (place?.origin !== url.origin || place.username !== '' || place.password !== '') return undefined
  place.hash = ''
  return place
}

/** What is known of a call whose answer is a redirect. */
export type Redirected = Readonly<{
  method: string
  /** The server that was called. */
  origin: string | undefined
  /** The entry has redirects followed; absent where it does not. */
  follows?: true
}>

/**
 * Says in a sentence where a redirect leads that was not followed: the path inside the API, and of any other place the
 * origin alone, since what stands behind it may be a secret.
 */
export function explainRedirect(location: string | undefined, { method, origin, follows }: Redirected): string {
  const place = URL.parse(location ?? '', origin)
  if (location === undefined || place === null) return 'It redirects, and does not say where.'
  if (place.origin !== origin) {
    return `Redirects to another origin are not followed; this one leads to ${place.origin}.`
  }
  // What is relative to the path that was called is shown as it came.
  const path = /^([a-z][a-z\d+.-]*:|\/)/i.test(location) ? place.pathname : (location.split(/[?#]/, 1)[0] ?? '')
  const where = `It redirects to ${path.slice(0, 200)} of the same API`
  if (!/^(get|head)$/i.test(method)) return `${where}. Redirects of ${method.toUpperCase()} are not followed.`
  return follows
    ? `${where}, after ${maxRedirects} redirects that were followed.`
    : `${where}. With "followRedirects": true in its entry that is followed.`
}
