// Owns the forms of the account and of mailed links, each as its own person in its own browser would send it.
import { newLink } from '../../src/mail/link.js'
import type { ActionToken } from '../../src/store/store.js'
import { createAuthenticator } from './authenticator.js'
import { type Browser, createBrowser } from './browser.js'
import { addPasskey, codeAt, enrolApp, openConfirmed, optionsOn, secretOn } from './factors.js'
import { authorizeUrl } from './flow.js'
import type { FilledForm } from './scenes.js'
import type { Person, Registered, TestServer } from './server.js'

const newPassword = 'glacier tandem origami pulse'

let people = 0

export function createAccountScenes(server: TestServer, app: Registered) {
  const newcomer = (facts: object = {}): Promise<Person> =>
    server.addUser({ username: `person-${++people}`, ...facts })

  async function signedIn(person: Person): Promise<Browser> {
    const browser = createBrowser(server)
    await browser.open('/login')
    await browser.signIn(person)
    return browser
  }

  async function at(path: `/account${string}`, person?: Person): Promise<Browser> {
    const browser = await signedIn(person ?? (await newcomer()))
    await openConfirmed(browser, path)
    return browser
  }

  function formOf(browser: Browser, action: RegExp, more: Record<string, string> = {}): FilledForm {
    const form = browser.view.forms.find((one) => action.test(new URL(one.action).pathname))
    if (!form) throw new Error(`no form to ${action} on ${browser.view.heading}`)
    return { browser, action: form.action, fields: { ...form.fields, ...more } }
  }

  async function withApp() {
    const person = await newcomer()
    const browser = await signedIn(person)
    return { person, browser, phone: await enrolApp(server, browser) }
  }

  async function withPasskey() {
    const browser = await signedIn(await newcomer())
    await addPasskey(server, browser)
    await browser.open('/account/passkeys')
    return browser
  }

  /** A link as it is mailed, to a person of its own. */
  async function mailed(purpose: ActionToken['purpose'], facts: object = {}) {
    const { user } = await newcomer(facts)
    const email = purpose === 'change_email' ? `new-${user.username}@example.test` : (user.email ?? '')
    const { url } = await newLink(server.deps, { purpose, sub: user.sub, email }, 'trusted')
    return { url, user }
  }

  async function opened(url: string): Promise<Browser> {
    const browser = createBrowser(server)
    await browser.open(url)
    return browser
  }

  /** Where a mailed link of each kind leads, for who may open it: `visitor` is signed in. */
  async function linkTo(purpose: ActionToken['purpose'], visitor?: Person): Promise<string> {
    if (purpose === 'change_email' && visitor) {
      const email = `new-${++people}@example.test`
      return (await newLink(server.deps, { purpose, sub: visitor.user.sub, email }, 'trusted')).url
    }
    if (purpose === 'registration') {
      const email = `stranger-${++people}@example.test`
      return (await newLink(server.deps, { purpose, email }, 'trusted')).url
    }
    return (await mailed(purpose, purpose === 'invitation' ? { hasPassword: false } : {})).url
  }

  async function secondFactor(): Promise<FilledForm> {
    const { person, phone } = await withApp()
    const browser = await opened(authorizeUrl(server, app).url)
    await browser.signIn(person)
    return formOf(browser, /\/second-factor\/\w+$/, { code: phone.code() })
  }

  async function lostFactor(): Promise<FilledForm> {
    const person = await newcomer({ email: `lost-${++people}@example.test`, emailVerified: true })
    await enrolApp(server, await signedIn(person))
    const browser = await opened(authorizeUrl(server, app).url)
    await browser.signIn(person)
    await browser.open(browser.view.url.pathname.replace('second-factor', 'lost-factor'))
    return formOf(browser, /\/lost-factor\/\w+$/)
  }

  /** The mailed link that stops the removal of a second factor. */
  async function stopLink(): Promise<string> {
    const { browser, action, fields } = await lostFactor()
    await browser.post(new URL(action), fields)
    return /\S+\/stop-factor-removal\/\S+/.exec(server.mails.at(-1)?.text ?? '')?.[0] ?? ''
  }

  async function passkeyOffer(): Promise<FilledForm> {
    const person = await newcomer()
    const browser = await opened(authorizeUrl(server, app).url)
    const { username } = person.user
    await browser.submit({ username, password: person.password, passkey_capable: '1' })
    const passkey = createAuthenticator(server.config.issuerOrigin).register(optionsOn(browser))
    return formOf(browser, /\/passkey-offer\/\w+$/, { passkey })
  }

  async function setUp(): Promise<FilledForm> {
    const browser = await at('/account/second-factor/set-up')
    return formOf(browser, /\/set-up$/, { code: codeAt(secretOn(browser), server.clock.now) })
  }

  async function onSecondFactor(action: RegExp): Promise<FilledForm> {
    const { browser } = await withApp()
    await browser.open('/account/second-factor')
    return formOf(browser, action)
  }

  async function otherSession(action: RegExp): Promise<FilledForm> {
    const person = await newcomer()
    await signedIn(person)
    return formOf(await at('/account/sessions', person), action)
  }

  async function changeEmail(): Promise<FilledForm> {
    const person = await newcomer()
    const email = `new-${person.user.username}@example.test`
    const { url } = await newLink(
      server.deps,
      { purpose: 'change_email', sub: person.user.sub, email },
      'trusted',
    )
    const browser = await signedIn(person)
    await browser.open(url)
    return formOf(browser, /\/change-email\//)
  }

  const forms: Record<string, () => Promise<FilledForm>> = {
    'second factor': secondFactor,
    'passkey offer': passkeyOffer,
    'lost factor': lostFactor,
    'stop a removal': async () => formOf(await opened(await stopLink()), /\/stop-factor-removal\//),
    check: async () => {
      const browser = await withPasskey()
      await browser.open('/account/check')
      return formOf(browser, /\/account\/check$/)
    },
    profile: async () => formOf(await at('/account/profile'), /\/profile$/, { name: 'Ann' }),
    'confirm an address': async () =>
      formOf(
        await at('/account/profile', await newcomer({ emailVerified: false })),
        /\/profile\/verify-email$/,
      ),
    'change an address': async () => {
      const email = `next-${++people}@example.test`
      return formOf(await at('/account/profile/email'), /\/profile\/email$/, { email })
    },
    'new password': async () => {
      const person = await newcomer()
      return formOf(await at('/account/password', person), /\/account\/password$/, { password: newPassword })
    },
    'add a passkey': async () => {
      const browser = await at('/account/passkeys')
      const passkey = createAuthenticator(server.config.issuerOrigin).register(optionsOn(browser))
      return formOf(browser, /\/account\/passkeys$/, { passkey })
    },
    'rename a passkey': async () => formOf(await withPasskey(), /\/rename$/, { name: 'Blue' }),
    'remove a passkey': async () => formOf(await withPasskey(), /\/remove$/),
    'set up an app': setUp,
    'renew recovery codes': () => onSecondFactor(/\/recovery-codes$/),
    'turn an app off': () => onSecondFactor(/\/turn-off$/),
    'end a session': () => otherSession(/\/sessions\/\w+\/end$/),
    'end other sessions': () => otherSession(/\/end-other-sessions$/),
    'delete the account': async () => {
      const person = await newcomer()
      const more = { confirm: person.user.username }
      return formOf(await at('/account/delete', person), /\/account\/delete$/, more)
    },
    'forgot password': async () =>
      formOf(await opened('/forgot-password'), /\/forgot-password$/, { email: `nobody-${++people}` }),
    'reset password': async () =>
      formOf(await opened(await linkTo('reset_password')), /\/reset-password\//, { password: newPassword }),
    'confirm an address by mail': async () =>
      formOf(await opened((await mailed('verify_email', { emailVerified: false })).url), /\/verify-email\//),
    'change an address by mail': changeEmail,
    'sign up': async () =>
      formOf(await opened('/sign-up'), /\/sign-up$/, { email: `new-${++people}@example.test` }),
    registration: async () =>
      formOf(await opened(await linkTo('registration')), /\/registration\//, { password: newPassword }),
    invitation: async () =>
      formOf(await opened(await linkTo('invitation')), /\/invitation\//, { password: newPassword }),
  }

  return { forms, linkTo, stopLink, signedIn, newcomer }
}
