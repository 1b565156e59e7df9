// Owns the frame of the account pages: who it is about, where else one can go, the way out.
import type { Child } from 'hono/jsx'
import type { AccountFrame, AccountSection } from './account-props.js'
import { closedPolicy, closedScriptPolicy } from './csp.js'
import { type Fault, FaultNotice } from './fields.js'
import { PostForm, page } from './layout.js'
import type { Messages } from './messages/en.js'
import { Account, Avatar } from './parts.js'
import type { Page } from './props.js'

const paths: Record<AccountSection, string> = {
  overview: '/account',
  profile: '/account/profile',
  password: '/account/password',
  passkeys: '/account/passkeys',
  'second-factor': '/account/second-factor',
  sessions: '/account/sessions',
  connections: '/account/connections',
  activity: '/account/activity',
  data: '/account/data',
}

/** In the order of the menu. */
const sections = Object.keys(paths) as AccountSection[]

type Inner = {
  m: Messages
  frame: AccountFrame
  title: string
  fault?: Fault | undefined
  /** Said once after a change. */
  notice?: Child | undefined
  script?: boolean
  /** The body has a primary button of its own; else signing out is it. */
  ownPrimary?: boolean
  body: Child
}

export const accountPage = ({
  m,
  frame,
  title,
  fault,
  notice,
  script = false,
  ownPrimary = false,
  body,
}: Inner): Page => {
  const { account } = m
  const aside = (
    <div class="account">
      <Avatar account={frame.account} />
      <Account account={frame.account} />
      <a class="button quiet" href={frame.switchHref}>
        {account.switch}
      </a>
      <PostForm to={frame.signOut} csrf={frame.csrf}>
        <button type="submit" class={ownPrimary ? undefined : 'primary'}>
          {account.signOut}
        </button>
      </PostForm>
    </div>
  )
  const nav = (
    <nav aria-label={account.nav}>
      <ul>
        {sections.map((section) => (
          <li>
            <a
              href={frame.base + paths[section]}
              aria-current={section === frame.section ? 'page' : undefined}
            >
              {account.sections[section]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
  const whole = (
    <>
      <h1>{title}</h1>
      <FaultNotice m={m} fault={fault} />
      {notice !== undefined && !fault && (
        <p class="notice" role="status">
          {notice}
        </p>
      )}
      {body}
    </>
  )
  const csp = script ? closedScriptPolicy : closedPolicy
  return page({ frame, title, csp, failed: fault !== undefined, aside, nav, script, body: whole })
}

export const sectionHref = (frame: AccountFrame, section: AccountSection): string =>
  frame.base + paths[section]

/** Where somebody was, in coarse words. */
export const deviceName = (
  m: Messages,
  { browser, system }: { browser?: string | undefined; system?: string | undefined },
): string => {
  if (browser !== undefined && system !== undefined) return m.account.deviceOn(browser, system)
  return browser ?? system ?? m.account.unknownDevice
}
