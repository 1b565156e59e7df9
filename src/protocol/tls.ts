// The TLS that the server speaks as a server and as a client (RFC 9325 3.1.1, 4.2; FAPI 2.0 SP 5.2.1).

const tls13 = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256']

/** Forward secrecy and authenticated encryption, for keys on curves and RSA keys. OpenSSL's names. */
const tls12 = ['ECDSA', 'RSA'].flatMap((signature) =>
  ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305'].map(
    (cipher) => `ECDHE-${signature}-${cipher}`,
  ),
)

/** For `node:tls`. */
export const recommendedTls = { minVersion: 'TLSv1.2', ciphers: [...tls13, ...tls12].join(':') } as const
