// Makes a self-signed certificate (RFC 5280 4.1) for tests of TLS: the fewest fields that a verifier accepts.
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** PEM texts of a certificate for one host name and of its key: a P-256 key of its own, or this RSA key. */
export function selfSigned(host: string, rsa?: KeyObject): { cert: string; key: string } {
  const privateKey = rsa ?? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const publicKey = createPublicKey(privateKey)
  const algorithm = rsa
    ? sequence(oid('2a864886f70d01010b'), tlv(0x05, Buffer.alloc(0)))
    : sequence(oid('2a8648ce3d040302'))
  const name = sequence(set(sequence(oid('550403'), tlv(0x0c, Buffer.from(host)))))
  const validity = sequence(tlv(0x17, Buffer.from('200101000000Z')), tlv(0x17, Buffer.from('491231235959Z')))
  const alternative = sequence(oid('551d11'), tlv(0x04, sequence(tlv(0x82, Buffer.from(host)))))
  const authority = sequence(
    oid('551d13'),
    tlv(0x01, Buffer.from([0xff])),
    tlv(0x04, sequence(tlv(0x01, Buffer.from([0xff])))),
  )
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([1])),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(authority, alternative)),
  )
  const signature = tlv(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)]))
  const text = sequence(body, algorithm, signature)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

const sequence = (...parts: Buffer[]) => tlv(0x30, Buffer.concat(parts))
const set = (...parts: Buffer[]) => tlv(0x31, Buffer.concat(parts))
const oid = (hex: string) => tlv(0x06, Buffer.from(hex, 'hex'))

function tlv(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
