// Which passwords may be chosen (NIST SP 800-63B 3.1.1.2).
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkPassword } from '../../src/protocol/password.js'

const about = {
  username: 'ada.lovelace',
  email: 'countess@example.test',
  name: 'Ada Lovelace',
  product: 'Grantor',
  host: 'id.example.test',
}
const check = (password: string) => checkPassword(password, about)

describe('a password', () => {
  it.each([
    ['elevenchars', 'too_short'],
    ['short', 'too_short'],
    ['x'.repeat(1025), 'too_long'],
    ['ü'.repeat(513), 'too_long'],
    ['password1234', 'common'],
    ['Passw0rd!!!!', 'common'],
    ['  PASSWORD  123', 'common'],
    ['qwertyuiop123', 'common'],
    ['aaaaaaaaaaaa', 'common'],
    ['abcabcabcabc', 'common'],
    ['123456789012', 'common'],
    ['abcdefghijkl', 'common'],
    ['lkjhgfdsapoiuy', 'common'],
    ['1234567890123456', 'common'],
    ['!!!!!!!!!!!!', 'common'],
    ['correct horse battery staple', undefined],
    ['ada.lovelace', 'personal'],
    ['AdaLovelace1815', 'personal'],
    ['countess12345!', 'personal'],
    ['countess@example.test', 'personal'],
    ['grantor2026!!', 'personal'],
    ['id.example.test1', 'personal'],
    ['adalovelaceadalovelace', 'personal'],
    ['twelve bytes', undefined],
    ['пароли бывают', undefined],
    ['🐎🔋📎✓', undefined],
    ['no composition rules at all', undefined],
    [`${'x'.repeat(500)}y`, undefined],
  ])('%s: %s', (password, refusal) => {
    expect(check(password)).toBe(refusal)
  })

  it('of four words is never refused by accident', () => {
    const word = fc.stringMatching(/^[a-z]{4,9}$/)
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), (words) => {
        const distinct = new Set(words).size === 4
        expect(distinct ? check(words.join(' ')) : undefined).toBeUndefined()
      }),
    )
  })

  it('is judged in no time, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 1200 }), (password) => {
        expect(['too_short', 'too_long', 'common', 'personal', undefined]).toContain(check(password))
      }),
    )
  })
})
