// Owns encrypted tokens (RFC 7516) that would cost who tries to open them: endless derivation, packed content, RSA1_5.

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const long = 'A'.repeat(2000)

/** In compact form, by what is in their header. Deriving the key of the first takes longer than a test may. */
export const encryptedTokens: readonly (readonly [string, string])[] = [
  { alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 2 ** 31 - 1, p2s: 'A'.repeat(22) },
  { alg: 'RSA1_5', enc: 'A128CBC-HS256' },
  { alg: 'dir', enc: 'A256GCM', zip: 'DEF' },
  { alg: 'ECDH-ES', enc: 'A128GCM', epk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } },
].flatMap((header) =>
  [{ typ: 'at+jwt' }, { cty: 'JWT' }].map((more) => {
    const token = [part({ ...header, ...more }), long, 'A'.repeat(16), long, 'A'.repeat(22)].join('.')
    return [`${header.alg} ${JSON.stringify(more)}`, token] as const
  }),
)
