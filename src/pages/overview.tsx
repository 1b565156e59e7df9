// Owns the first page of the account: how things stand, and what should be seen to.
import type { Child } from 'hono/jsx'
import { accountPage, sectionHref } from './account.js'
import type { AccountSection, OverviewPageProps } from './account-props.js'
import type { Messages } from './messages/en.js'
import { pickMessages, pickRegion } from './messages/pick.js'
import { Time } from './parts.js'
import type { Page } from './props.js'
import { Name } from './text.js'
import { fewCodes } from './two-step.js'

export const overviewPage = (props: OverviewPageProps): Page => {
  const m = pickMessages(props.locales)
  const locale = pickRegion(m, props.locales)
  const { overview } = m.account
  const { email, passkeys, secondFactor, recoveryCodes } = props
  const card = (section: AccountSection, state: Child, warning?: string) => (
    <Card title={m.account.sections[section]} href={sectionHref(props, section)} warning={warning}>
      {state}
    </Card>
  )
  const body = (
    <>
      <ul class="cards">
        {card('profile', email ? <Name>{email.address}</Name> : overview.noEmail, emailWarning(m, email))}
        {card('password', <PasswordState m={m} props={props} locale={locale} />)}
        {card('passkeys', overview.passkeys(passkeys), passkeys === 1 ? overview.onePasskey : undefined)}
        {card(
          'second-factor',
          secondFactor ? `${overview.on}${m.separator}${overview.codesLeft(recoveryCodes)}` : overview.off,
          secondFactor && recoveryCodes < fewCodes ? overview.fewCodes : undefined,
        )}
        {card('sessions', overview.sessions(props.sessions))}
        {card('connections', overview.connections(props.connections))}
        {card('activity', overview.activity)}
        {card('data', overview.data)}
      </ul>
      <p class="after">
        <a href={`${props.base}/account/check`}>{m.check.title}</a>
      </p>
    </>
  )
  return accountPage({ m, frame: props, title: overview.title, body })
}

const PasswordState = ({ m, props, locale }: { m: Messages; props: OverviewPageProps; locale: string }) => {
  const { overview } = m.account
  if (!props.hasPassword) return <>{overview.passwordNever}</>
  if (props.passwordSetAt === undefined) return <>{overview.passwordUnknown}</>
  return (
    <>
      {overview.passwordSet} <Time at={props.passwordSetAt} locale={locale} />
    </>
  )
}

const emailWarning = (m: Messages, email: OverviewPageProps['email']) => {
  if (!email) return m.account.overview.addEmail
  return email.verified ? undefined : m.account.overview.unverified
}

type CardProps = { title: string; href: string; warning?: string | undefined; children: Child }

const Card = ({ title, href, warning, children }: CardProps) => (
  <li class="card">
    <h2>
      <a href={href}>{title}</a>
    </h2>
    <p class="muted">{children}</p>
    {warning !== undefined && <p class="notice warn">{warning}</p>}
  </li>
)
