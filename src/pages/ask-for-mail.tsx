// Owns the two pages that ask for a mailed link: a forgotten password, a new account.
import type { Child } from 'hono/jsx'
import { closedPolicy } from './csp.js'
import { type Fault, FaultNotice, Field, throttledText } from './fields.js'
import { HiddenFields, page } from './layout.js'
import { pickMessages, pickRegion } from './messages/pick.js'
import type { Page } from './props.js'
import type { ForgotPasswordPageProps, SignUpPageProps } from './sign-in-props.js'
import { Name } from './text.js'

/** Posts `email` (a username will do) and `csrf` to `action`. */
export const forgotPasswordPage = (props: ForgotPasswordPageProps): Page => {
  const m = pickMessages(props.locales)
  const words = m.forgotPassword
  if (props.sent) {
    const text = [words.sent, words.notThere]
    return sentPage(props, { title: words.sentTitle, text, back: words.back })
  }
  const fault = faultOf(props, words.missing)
  const field = (
    <Field
      id="email"
      label={words.field}
      value={props.typed}
      autocomplete="username"
      plain
      required
      fault={fault}
    />
  )
  return askPage(props, { ...words, field, fault })
}

/** Posts `email` and `csrf` to `action`. */
export const signUpPage = (props: SignUpPageProps): Page => {
  const m = pickMessages(props.locales)
  const words = m.signUp
  if (props.sent) {
    const text = [words.sent(<Name>{props.typed ?? ''}</Name>), m.forgotPassword.notThere]
    return sentPage(props, { title: words.sentTitle, text, back: words.back })
  }
  const fault = faultOf(props, words.invalid)
  const field = (
    <Field
      id="email"
      type="email"
      label={words.field}
      value={props.typed}
      autocomplete="email"
      plain
      required
      fault={fault}
    />
  )
  return askPage(props, { ...words, field, fault })
}

type AskProps = ForgotPasswordPageProps | SignUpPageProps

function faultOf(props: AskProps, wrong: string): Fault | undefined {
  if (!props.error) return undefined
  const m = pickMessages(props.locales)
  if (props.error.kind === 'email_domain') return { text: m.emailDomain, fields: ['email'] }
  if (props.error.kind !== 'throttled') return { text: wrong, fields: ['email'] }
  return { text: throttledText(m, props.error, pickRegion(m, props.locales)), fields: [] }
}

type Asked = {
  title: string
  lead: string
  submit: string
  back: string
  field: Child
  fault: Fault | undefined
}

function askPage(props: AskProps, { title, lead, submit, back, field, fault }: Asked): Page {
  const m = pickMessages(props.locales)
  const body = (
    <>
      <h1>{title}</h1>
      <p class="lead">{lead}</p>
      <FaultNotice m={m} fault={fault} />
      <form method="post" action={props.action}>
        <HiddenFields csrf={props.csrf} />
        {field}
        <button type="submit" class="primary">
          {submit}
        </button>
      </form>
      <p class="after">
        <a href={props.loginHref}>{back}</a>
      </p>
    </>
  )
  return page({ frame: props, title, csp: closedPolicy, failed: fault !== undefined, body })
}

function sentPage(
  props: AskProps,
  { title, text, back }: { title: string; text: Child[]; back: string },
): Page {
  const body = (
    <>
      <h1>{title}</h1>
      <div role="status">
        {text.map((one) => (
          <p>{one}</p>
        ))}
      </div>
      <p class="after">
        <a class="button primary" href={props.loginHref}>
          {back}
        </a>
      </p>
    </>
  )
  return page({ frame: props, title, csp: closedPolicy, body })
}
