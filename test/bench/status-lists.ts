// Owns the section about status lists: how large they are, and what it costs to make and to read them.
import { generateKeyPairSync } from 'node:crypto'
import { inflateSync } from 'node:zlib'
import { compactVerify } from 'jose'
import { createSigner } from '../../src/crypto/jws.js'
import { emptyList, listSize, setStatus } from '../../src/protocol/status-list.js'
import { createListTokens, type ListToken } from '../../src/status/list-token.js'
import { line, median } from './report.js'

const counts = [10_000, 1_000_000, 10_000_000]
const shares = [0, 0.001, 0.01]
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const signer = createSigner('bench', 'ES256', privateKey)
const config = { issuer: 'https://as.bench.test', statusTtl: 30 }

/** Lists of so many grants, with a share of them revoked, each at an index of chance. */
function lists(grants: number, share: number): Uint8Array[] {
  const made = Array.from({ length: Math.ceil(grants / listSize) }, () => emptyList(listSize, 1))
  for (let revoked = 0; revoked < grants * share; revoked++) {
    const list = made[revoked % made.length]
    if (list) setStatus(list, 1, Math.floor(Math.random() * listSize), 1)
  }
  return made
}

async function build(all: Uint8Array[]): Promise<{ tokens: ListToken[]; ms: number }> {
  const start = performance.now()
  const makers = all.map((bytes) =>
    createListTokens({
      revoked: { bits: () => bytes, latest: () => 0 },
      keyring: { signer: async () => signer },
      config,
      now: () => 0,
      failed: (error) => {
        throw error
      },
    }).current(1),
  )
  const tokens = (await Promise.all(makers)).filter((token) => token !== undefined)
  return { tokens, ms: performance.now() - start }
}

/** What a verifier does with them: signature, JSON, base64url, zlib. */
async function decode(tokens: ListToken[]): Promise<number> {
  const start = performance.now()
  for (const { text } of tokens) {
    const { payload } = await compactVerify(text, publicKey)
    const { lst } = JSON.parse(Buffer.from(payload).toString()).status_list
    if (inflateSync(Buffer.from(lst, 'base64url')).length !== listSize / 8) throw new Error('a short list')
  }
  return performance.now() - start
}

export async function statusListSection({ rounds }: { rounds: number }): Promise<void> {
  console.log(
    `\nstatus lists of ${listSize} entries; what a verifier keeps of each is ${listSize / 8 / 1024} KiB`,
  )
  line('grants', 'revoked', 'lists', 'JWTs', 'gzip', 'build', 'decode')
  for (const grants of counts) {
    for (const share of shares) {
      const all = lists(grants, share)
      const times: { build: number; decode: number }[] = []
      let tokens: ListToken[] = []
      for (let round = 0; round < rounds; round++) {
        const built = await build(all)
        tokens = built.tokens
        times.push({ build: built.ms, decode: await decode(tokens) })
      }
      const kilobytes = (of: (token: ListToken) => number) =>
        `${(tokens.reduce((sum, token) => sum + of(token), 0) / 1000).toFixed(1)} kB`
      line(
        grants.toLocaleString('en'),
        `${share * 100} %`,
        String(all.length),
        kilobytes(({ text }) => text.length),
        kilobytes(({ gzipped }) => gzipped.length),
        `${median(times.map((one) => one.build)).toFixed(1)} ms`,
        `${median(times.map((one) => one.decode)).toFixed(1)} ms`,
      )
    }
  }
}
