// What a person is told about the browser of a session: coarse words, never a version.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeUserAgent } from '../../src/http/user-agent.js'

const windows = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)'
const mac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)'
const linux = 'Mozilla/5.0 (X11; Linux x86_64)'
const chromeOs = 'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0)'
const android = 'Mozilla/5.0 (Linux; Android 10; K)'
const iPhone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)'
const iPad = 'Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X)'
const chrome = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0'
const webKit = 'AppleWebKit/605.1.15 (KHTML, like Gecko)'

describe('a User-Agent', () => {
  it.each([
    [
      'Firefox',
      'Windows',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0',
    ],
    ['Firefox', 'Linux', 'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0'],
    ['Firefox', 'Android', 'Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0'],
    ['Firefox', 'iOS', `${iPhone} ${webKit} FxiOS/127.0 Mobile/15E148 Safari/605.1.15`],
    ['Chrome', 'Windows', `${windows} ${chrome} Safari/537.36`],
    ['Chrome', 'macOS', `${mac} ${chrome} Safari/537.36`],
    ['Chrome', 'ChromeOS', `${chromeOs} ${chrome} Safari/537.36`],
    ['Chrome', 'Android', `${android} ${chrome} Mobile Safari/537.36`],
    ['Chrome', 'iOS', `${iPad} ${webKit} CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1`],
    [
      'Chrome',
      'Linux',
      `${linux} AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36`,
    ],
    ['Safari', 'macOS', `${mac} ${webKit} Version/17.5 Safari/605.1.15`],
    ['Safari', 'iOS', `${iPhone} ${webKit} Version/17.5 Mobile/15E148 Safari/604.1`],
    ['Edge', 'Windows', `${windows} ${chrome} Safari/537.36 Edg/126.0.0.0`],
    ['Edge', 'Android', `${android} ${chrome} Mobile Safari/537.36 EdgA/126.0.0.0`],
    ['Edge', 'iOS', `${iPhone} ${webKit} Version/17.0 EdgiOS/126.0 Mobile/15E148 Safari/605.1.15`],
    ['Edge', 'Windows', `${windows} ${chrome} Safari/537.36 Edge/18.17763`],
    ['Opera', 'Windows', `${windows} ${chrome} Safari/537.36 OPR/112.0.0.0`],
    ['Opera', 'Windows', 'Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18'],
    [
      'Samsung Internet',
      'Android',
      `${android} AppleWebKit/537.36 SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36`,
    ],
    ['Vivaldi', 'Linux', `${linux} ${chrome} Safari/537.36 Vivaldi/6.7`],
    ['Internet Explorer', 'Windows', 'Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko'],
    [
      'Edge',
      'Windows',
      `Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950; like iPhone) ${chrome} Safari/537.36 Edge/15`,
    ],
  ])('is %s on %s', (browser, system, header) => {
    expect(describeUserAgent(header)).toEqual({ browser, system })
  })

  it.each([
    ['an app on a phone', 'iOS', `${iPhone} ${webKit} Mobile/15E148`],
    [
      'an old Android',
      'Android',
      'Mozilla/5.0 (Linux; U; Android 4.0.3) AppleWebKit/534.30 Version/4.0 Safari/534.30',
    ],
    ['another WebKit', 'Linux', `${linux} ${webKit} Version/17.0 Safari/605.1.15`],
  ])('of %s tells the system alone', (_, system, header) => {
    expect(describeUserAgent(header)).toEqual({ system })
  })

  it.each([undefined, '', 'curl/8.5.0', 'python-requests/2.32.3', 'Mozilla/5.0', 'node', '<b>"Edge"</b>'])(
    'of %s tells nothing',
    (header) => {
      expect(describeUserAgent(header)).toEqual({})
    },
  )

  it('is read no further than 512 characters', () => {
    const late = `${' '.repeat(508)}Firefox/127.0`
    expect(describeUserAgent(late)).toEqual({})
    expect(describeUserAgent(late.slice(3))).toEqual({})
    expect(describeUserAgent(late.slice(4))).toEqual({ browser: 'Firefox' })
  })

  it('gives no word of its own into what is kept, however long and hostile', () => {
    const own = fc.constantFrom('Chrome/', 'Safari/', 'Edg/', 'Windows', '\0', 'é', '(', '9'.repeat(5000))
    const seen = new Set<string>()
    fc.assert(
      fc.property(fc.array(fc.oneof(own, fc.string())), (parts) => {
        for (const word of Object.values(describeUserAgent(parts.join('')))) seen.add(word)
      }),
    )
    expect([...seen].filter((word) => !/^[A-Z][A-Za-z ]+$/.test(word))).toEqual([])
    expect(seen).toContain('Windows')
  })
})
