// A program without a browser of its own. In the clone: npx tsx examples/device.ts
import * as oidc from 'openid-client'
import { renderUnicodeCompact } from 'uqr'

const grantor = await oidc.discovery(
  new URL('http://localhost:9000'),
  'demo-cli',
  undefined,
  oidc.None(),
  { execute: [oidc.allowInsecureRequests] }, // plain http, for an issuer on this computer only
)
const asked = await oidc.initiateDeviceAuthorization(grantor, { scope: 'openid profile offline_access' })
const { user_code, verification_uri, verification_uri_complete = verification_uri } = asked
console.log(renderUnicodeCompact(verification_uri_complete))
console.log(`Scan this with your phone, or open ${verification_uri} and enter ${user_code}`)

// Asks as often as the server allows, until somebody has answered or the code has expired.
const tokens = await oidc.pollDeviceAuthorizationGrant(grantor, asked)
const person = await oidc.fetchUserInfo(grantor, tokens.access_token, tokens.claims()?.sub ?? '')
console.log(`Hello ${person.name ?? person.sub}, this program stays connected until you remove it.`)
