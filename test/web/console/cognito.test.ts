import { expect, test } from 'vitest'
import { cognitoSignOut } from '../../../web/console/cognito.ts'

const request = { clientId: '4b1c', returnTo: 'https://d1.cloudfront.net/' }

test('Cognito is asked to end a session with the two parameters that it knows, and no token in the address', () => {
  expect(
    cognitoSignOut(
      'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a1',
      'https://grantwire-1.auth.eu-west-1.amazoncognito.com/logout',
      request,
    ),
  ).toBe(
    'https://grantwire-1.auth.eu-west-1.amazoncognito.com/logout?client_id=4b1c&logout_uri=https%3A%2F%2Fd1.cloudfront.net%2F',
  )
})

test.each(['https://id.example.com/tenant', 'https://cognito-idp.example.com/a', 'http://127.0.0.1:3003/eu_local'])(
  '%s is left to the standard',
  issuer => {
    expect(cognitoSignOut(issuer, 'https://id.example.com/end', request)).toBeUndefined()
  },
)
