// Which passwords may be chosen (NIST SP 800-63B 3.1.1.2), and that what is hard to guess is never refused.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commonPasswords } from '../../src/protocol/common-passwords.js'
import { type AboutPerson, checkPassword } from '../../src/protocol/password.js'

const about = {
  username: 'ada1815',
  email: 'countess@example.test',
  name: 'Ada Lovelace',
  product: 'Grantor',
  host: 'id.example.test',
}
/** Why a password is refused; of eight characters, so that short words of other scripts can be tried. */
function check(text: string, of: AboutPerson = about, min = 8) {
  const checked = checkPassword(text, of, min)
  return 'refusal' in checked ? checked.refusal : undefined
}

const words =
  `glacier tandem origami pulse quartz jukebox vow lantern meadow copper thimble walnut saddle ripple canyon
  velvet harbor pigment sparrow gravel cactus drizzle ember fiddle goblet hazel insect juggle kettle ladder marble
  nectar oyster pebble quiver riddle saffron timber umbrella vinegar whistle yonder zipper anchor bonnet clover
  dagger elbow feather`.split(/\s+/)

describe('the length of a password', () => {
  it.each([
    ['', 12, 'too_short'],
    ['eleven char', 12, 'too_short'],
    ['twelve chars', 12, undefined],
    ['seven c', 8, 'too_short'],
    ['eight ch', 8, undefined],
    ['🐎🔋📎', 12, 'too_short'],
    ['🐎🔋📎🚲🧲🪁🎻🪜🧵🥁🧭🪴', 12, undefined],
    ['ü'.repeat(6) + 'u\u0308'.repeat(5), 12, 'too_short'],
    [`${words.join(' ').slice(0, 63)}`, 64, 'too_short'],
    [`${words.join(' ').slice(0, 64)}`, 64, undefined],
    [`${'quick vow, '.repeat(93)}z`, 12, undefined],
    [`${'quick vow, '.repeat(93)}zz`, 12, 'too_long'],
    [`${'quick vöw, '.repeat(85)}ü`, 12, undefined],
    [`${'quick vöw, '.repeat(85)}üzzz`, 12, 'too_long'],
    // NFC makes nine bytes of these three.
    ['\uFB2C'.repeat(300), 12, 'too_long'],
  ])('EN06: counts in code points, at most 1,024 bytes: %s', (password, min, refusal) => {
    expect(check(password, about, min)).toBe(refusal)
  })

  it.each([8, 12, 64])('EN06: takes 64 characters of the widest where at least %i are asked for', (min) => {
    const wide = Array.from({ length: 64 }, (_, i) => String.fromCodePoint(0x2_0000 + ((i * 7919) % 40_000)))
    expect(check(wide.join(''), about, min)).toBeUndefined()
  })
})

describe('the characters of a password', () => {
  it.each([
    'tab\tin the middle',
    'a line\nand another',
    'nul\0 in the middle',
    'soft\u00adhyphen in it',
    'thumbs up \u{1f44d}\ufe0f please',
  ])('EN06: are refused where the profile does: %j', (password) => {
    expect(check(password)).toBe('characters')
  })

  it('EN06: come out in one form, whatever the keyboard', () => {
    const typed = [
      'na\u00efve\u00a0caf\u00e9 keys',
      'nai\u0308ve cafe\u0301 keys',
      'na\u00efve\u3000caf\u00e9 keys',
    ]
    expect(typed.map((text) => checkPassword(text, about, 12))).toEqual(
      Array(3).fill({ password: 'na\u00efve caf\u00e9 keys' }),
    )
    expect(checkPassword(' Edges Stay, Ｗｉｄｅ ', about, 12)).toEqual({ password: ' Edges Stay, Ｗｉｄｅ ' })
  })
})

describe('what others would try first', () => {
  it.each([
    [
      'a common word with digits and signs',
      ['password1234', 'Passw0rd!!!!', '  PASSWORD  123', 'dragon-2026!'],
    ],
    ['letters in disguise', ['@dmin1234567', 'L3tm31n12345', 'chang3m3!!!!', 'p@$$w0rd2024']],
    ['full width', ['ＰＡＳＳＷＯＲＤ１２３４']],
    ['a famous passphrase', ['correcthorsebatterystaple', 'Correct Horse Battery Staple']],
    ['a number many have', ['1234567891011', '102030405060', '147258369147']],
    ['one letter', ['aaaaaaaaaaaa', '!!!!!!!!!!!!', '🐎🐎🐎🐎🐎🐎🐎🐎', 'aaaaaaaaaaab']],
    ['one unit', ['abcabcabcabc', 'xk7xk7xk7xk7x', 'hahahahahaha!', 'horsehorsehorse', 'test123test123']],
    ['a long unit of that kind', ['password12345password12345']],
    ['the digits', ['123456789012', '210987654321', '1234567890-=', '112233445566', '123456789012!']],
    ['the alphabet', ['abcdefghijkl', 'zyxwvutsrqpo', 'абвгдежз', 'abcdefghijkl1']],
    [
      'a keyboard',
      ['qwertyuiop[]', '][poiuytrewq', "asdfghjkl;'a", 'qwertzuiopü1', 'йцукенгшщзхъ', 'йцукенгш'],
    ],
    ['its columns', ['1qaz2wsx3edc', '!QAZ@WSX#EDC', '1qaz@WSX3edc', 'zaq1xsw2cde3', '1q2w3e4r5t6y']],
    [
      'some of these together',
      ['abc123abc123', 'qwerty123456', 'asdfqwerzxcv', '1234qwerasdf', 'qwerty837462'],
    ],
    ['other languages', ['пароль12', 'ЛЮБОВЬ123', '密码123456', 'contraseña12', 'motdepasse1!']],
  ])('%s', (_, passwords) => {
    const refused = passwords.filter((password) => check(password) === 'common')
    expect(refused).toEqual(passwords)
  })

  it('each word of the list, before and after digits and signs', () => {
    const nobody = { product: 'Grantor', host: 'localhost' }
    const latin = commonPasswords.filter((word) => /^\p{Script=Latin}+$/u.test(word))
    const passwords = latin
      .flatMap((word) => [word, word.toUpperCase()])
      .flatMap((word) =>
        ['2026!!!!', '12345678', '123456789012345'].flatMap((end) => [word + end, end + word]),
      )
      .filter((password) => check(password, nobody) !== 'too_short')
    expect(passwords.filter((password) => check(password, nobody) !== 'common')).toEqual([])
    expect(passwords.length).toBeGreaterThan(5000)
  })
})

describe('what somebody who knows the account would try first', () => {
  it.each([
    ['the username', ['ada1815ada1815', 'ADA1815-ADA1815', 'ada1815!!!!!']],
    ['the e-mail address', ['countess@example.test', 'countess12345!', 'c0unt3ss2026']],
    [
      'the name',
      ['AdaLovelace1815', 'ada lovelace', 'lovelace1815', 'adalovelaceadalovelace', 'adaadaadaada1!'],
    ],
    ['the server', ['grantor2026!!', 'GrantorGrantor', 'id.example.test1', 'example12345']],
    ['two of them', ['adagrantor1815', 'grantor/lovelace', 'lovelaceada!']],
    ['one with a common word', ['grantorpassword1', 'passwordgrantor', 'lovelace-admin']],
  ])('%s', (_, passwords) => {
    expect(passwords.filter((password) => check(password) === 'personal')).toEqual(passwords)
  })

  it('a username of digits alone, and a name of two characters', () => {
    const other = { username: '79161234567', name: '李明', product: 'Grantor', host: 'localhost' }
    for (const password of ['79161234567!', '7916123456779161234567', '李明12345678', 'localhost1234']) {
      expect(check(password, other)).toBe('personal')
    }
    expect(check('79161234568!', other)).toBeUndefined()
  })

  it('has no say in a longer phrase', () => {
    for (const password of [
      'ada likes the sea in may',
      'grantor keeps my tandem',
      'example of a lovelace pun',
    ]) {
      expect(check(password)).toBeUndefined()
    }
  })
})

describe('what is never refused', () => {
  it.each([
    'correct horse battery',
    'a password of my own',
    'no composition rules at all',
    'horse banana dragon summer',
    'dog 8427195630174628',
    'cat384756291',
    '20356137e44d',
    'пароли бывают',
    `${'x'.repeat(500)}y and then something else`,
  ])('%s', (password) => {
    expect(check(password)).toBeUndefined()
  })

  it('four words, in any order and with anything between them', () => {
    const four = fc.uniqueArray(fc.constantFrom(...words), { minLength: 4, maxLength: 4 })
    const between = fc.constantFrom(' ', '-', '', '.', '1', ' 12 ')
    const added = fc.constantFrom('', '1', '!', '2026')
    fc.assert(
      fc.property(four, between, added, (chosen, sign, end) => {
        expect(check(chosen.join(sign) + end)).toBeUndefined()
      }),
      { numRuns: 2000 },
    )
  })

  it('four words made up of any letters', () => {
    const word = fc.stringMatching(/^[a-z]{4,9}$/)
    fc.assert(
      fc.property(fc.uniqueArray(word, { minLength: 4, maxLength: 4 }), (chosen) => {
        // Letters at random come upon "aaaa" and "aaab", which are one walk; dictionaries do not.
        fc.pre(chosen.every((one) => new Set(one).size > 3))
        expect(check(chosen.join(' '))).toBeUndefined()
      }),
      { numRuns: 2000 },
    )
  })

  it('even four of the commonest words', () => {
    const latin = commonPasswords.filter((word) => /^[a-z]{4,11}$/.test(word))
    const four = fc.uniqueArray(fc.constantFrom(...latin), { minLength: 4, maxLength: 4 })
    fc.assert(
      fc.property(four, (chosen) => {
        expect(check(chosen.join(' '))).toBeUndefined()
      }),
      { numRuns: 2000 },
    )
  })

  it('what a password manager makes', () => {
    const letters = [...'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789-_']
    let refused = 0
    const generated = fc.array(fc.constantFrom(...letters), { minLength: 16, maxLength: 16, size: 'max' })
    for (const password of fc.sample(fc.noBias(generated), 5000)) if (check(password.join(''))) refused += 1
    expect(refused).toBe(0)
  })
})

describe('the check', () => {
  it('throws at nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 1200 }), fc.string(), (password, name) => {
        const refusal = check(password, { ...about, name, username: name })
        expect(['too_short', 'too_long', 'characters', 'common', 'personal', undefined]).toContain(refusal)
      }),
    )
  })

  it('takes no time, whatever it is given', () => {
    const hostile = [
      `${'.'.repeat(500)}${'a1b!c'.repeat(3)}${'.'.repeat(500)}`,
      `....a${'bcdefg!h1'.repeat(55)}....`.repeat(2),
      `....${'\uFDFA'.repeat(330)}....`,
      `${'a'.repeat(1000)}b`,
      `${'1'.repeat(1000)}x`,
      'ab'.repeat(512),
    ]
    for (const password of hostile) check(password)
    const start = performance.now()
    for (const password of hostile) check(password)
    expect(performance.now() - start).toBeLessThan(2000)
  })
})
