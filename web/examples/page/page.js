// @ts-check
import { connect } from '@grantwire/client'

/** Where your deployment is, and a token from your sign-in. */
const { webSocketUrl, httpUrl, token } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)))

const grants = connect({ webSocketUrl: webSocketUrl ?? '', httpUrl: httpUrl ?? '', getToken: () => token ?? '' })

/** @param {string} id */
const element = id => /** @type {HTMLElement} */ (document.getElementById(id))
const approve = /** @type {HTMLButtonElement} */ (element('approve'))

function show() {
  element('state').textContent = `${grants.connection.state}, ${grants.freshness}`
  approve.disabled = !grants.can('invoice.approve')
}
grants.subscribe(show)
show()

grants.on('UserUpdated', ({ subject, version, updatedBy }) => {
  const line = document.createElement('li')
  line.textContent = `${subject} is at version ${version}, by ${updatedBy}`
  element('feed').append(line)
})
