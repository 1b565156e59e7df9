// Owns the list of what has happened to an account.
import { accountPage } from './account.js'
import type { ActivityPageProps } from './account-props.js'
import type { Messages } from './messages/en.js'
import { pickMessages, pickRegion } from './messages/pick.js'
import { MoreLink, Time } from './parts.js'
import type { Page } from './props.js'
import { Name } from './text.js'

export const activityPage = (props: ActivityPageProps): Page => {
  const m = pickMessages(props.locales)
  const locale = pickRegion(m, props.locales)
  const words = m.account.activity
  const body = (
    <>
      <p class="lead">{props.events.length === 0 ? words.empty : words.lead}</p>
      <ul>
        {props.events.map((event) => (
          <Event m={m} locale={locale} event={event} />
        ))}
      </ul>
      <MoreLink href={props.earlierHref} text={words.earlier} />
    </>
  )
  return accountPage({ m, frame: props, title: words.title, body })
}

type EventProps = { m: Messages; locale: string; event: ActivityPageProps['events'][number] }

/** What was done without an address was done on the server itself. */
const Event = ({ m, locale, event: { type, at, address, app, count = 1 } }: EventProps) => {
  const words = m.account.activity
  const known = Object.hasOwn(words.events, type)
  return (
    <li class="event">
      <strong>{known ? words.events[type as keyof typeof words.events] : <code>{type}</code>}</strong>
      {app !== undefined && (
        <>
          {m.separator}
          <Name fallback={m.unnamed}>{app}</Name>
        </>
      )}
      {count > 1 && (
        <>
          {m.separator}
          {words.times(count)}
        </>
      )}
      <small>
        <Time at={at} locale={locale} />
        {m.separator}
        {address ?? words.byAdministrator}
      </small>
    </li>
  )
}
