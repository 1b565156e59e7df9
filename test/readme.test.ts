// The README holds what it says: the configuration table, the examples, the commands.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { variables } from '../src/config.js'
import { createShell } from './cli/support.js'

const root = path.resolve(import.meta.dirname, '..')
const readme = readFileSync(path.join(root, 'README.md'), 'utf8')

it('lists exactly the variables of the schema, with their defaults and meanings', () => {
  const rows = [...readme.matchAll(/^\| `GRANTOR_\w+` \|.*$/gm)].map(([row]) => row)
  expect(rows).toEqual(
    variables.map(({ name, default: value, about, expected }) => {
      return `| \`${name}\` | ${value === '' ? 'empty' : `\`${value}\``} | ${about}. *${expected}* |`
    }),
  )
})

it.each(['verify-node.ts', 'sign-in.ts'])('shows examples/%s as it is', (file) => {
  const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block]) => block)
  expect(blocks).toContain(readFileSync(path.join(root, 'examples', file), 'utf8'))
})

describe('every command', () => {
  const commands = [...readme.matchAll(/npx grantor ([a-z-]+(?: [a-z-]+)?)/g)].map(
    ([, command = '']) => command,
  )
  const table = [...readme.matchAll(/`([a-z]+) ([a-z-]+(?:\\\|[a-z-]+)*)`/g)].flatMap(
    ([, noun, verbs = '']) => verbs.split('\\|').map((verb) => `${noun} ${verb}`),
  )

  it.each([...new Set([...commands, ...table])])('%s exists', async (command) => {
    expect(await createShell().run(`${command} --help`)).toMatchObject({ code: 0, err: '' })
  })

  it('is among them', () => {
    expect(commands.length).toBeGreaterThan(4)
    expect(table).toContain('client rotate-secret')
  })
})

it('links to files that are there', () => {
  const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, link = '']) => link)
  expect(links.length).toBeGreaterThan(4)
  for (const link of links) expect(() => readFileSync(path.join(root, link)), link).not.toThrow()
})
