// The tables as PostgreSQL has them, in the form that drizzle-kit reads.
import { postgres } from '../src/store/dialect.js'
import { tables } from '../src/store/schema.js'

export const {
  client,
  deniedClient,
  clientSecret,
  account,
  session,
  browser,
  interaction,
  deviceRequest,
  pushedRequest,
  consent,
  logoutCall,
  grant,
  resource,
  trustedIssuer,
  signingKey,
  statusList,
  revocation,
  totp,
  recoveryCode,
  passkey,
  actionToken,
  replayMarker,
  revokedToken,
  exchangedToken,
  tally,
  writeCheck,
  unproven,
  audit,
} = tables(postgres)
