// Owns the pieces that several pages show: accounts, apps, scopes, times, developer details.
import type { Messages } from './messages/en.js'
import type { AccountView, AppView, PageDetail, ScopeView } from './props.js'
import { Name, plainText, visibleText } from './text.js'

const initial = (text: string) => Array.from(plainText(text))[0]?.toUpperCase() ?? '?'

/** Stands for an app until logos are served from our own cache. */
export const AppTile = ({ name }: { name: string }) => (
  <span class="tile" aria-hidden="true">
    {initial(name)}
  </span>
)

export const Avatar = ({ account }: { account: AccountView }) => (
  <span class="tile person" aria-hidden="true">
    {initial(account.name ?? account.username)}
  </span>
)

/** Who: the name, and below it what tells two people of one name apart. */
export const Account = ({ account }: { account: AccountView }) => {
  const first = plainText(account.name ?? '') || account.username
  const second = account.email ?? account.username
  return (
    <span class="who">
      <strong>
        <Name>{first}</Name>
      </strong>
      {second !== first && (
        <small>
          <Name>{second}</Name>
        </small>
      )}
    </span>
  )
}

/** An app's name with its host, which cannot be made up as freely. */
export const AppWithHost = ({ m, app }: { m: Messages; app: AppView }) => (
  <>
    <strong>
      <Name fallback={m.unnamed}>{app.name}</Name>
    </strong>{' '}
    <span class="host">
      (<Name>{app.host}</Name>)
    </span>
  </>
)

type Words = { title?: string | undefined; description?: string | undefined }

const ownWords = (m: Messages, name: string): Words =>
  Object.hasOwn(m.scopes, name) ? m.scopes[name as keyof Messages['scopes']] : {}

/** Scopes in words. `marked`: say which are new. `own`: the server's own scopes have words in the messages. */
export const ScopeList = (props: { m: Messages; scopes: ScopeView[]; own: boolean; marked?: boolean }) => (
  <ul class="scopes">
    {props.scopes.map((scope) => {
      const words: Words =
        scope.title || scope.description || !props.own ? scope : ownWords(props.m, scope.name)
      return (
        <li>
          {words.title || words.description ? (
            <bdi>{plainText(words.title || words.description || '', 200)}</bdi>
          ) : (
            <code>
              <bdi>{visibleText(scope.name)}</bdi>
            </code>
          )}
          {props.marked && scope.isNew && <span class="badge">{props.m.consent.isNew}</span>}
          {words.title && words.description && <small dir="auto">{plainText(words.description, 300)}</small>}
          {!words.title && !words.description && <small>{props.m.consent.noDescription}</small>}
        </li>
      )
    })}
  </ul>
)

/** A time in the person's way of writing; in UTC, as the server does not know where they are. */
export const timeText = (at: number, locale: string): string =>
  `${timeFormat(locale).format(new Date(at * 1000))} UTC`

/** Making one costs as much as the rest of a mail. Visitors name the locale, so they are not all kept. */
const timeFormats = new Map<string, Intl.DateTimeFormat>()

function timeFormat(locale: string): Intl.DateTimeFormat {
  const known = timeFormats.get(locale)
  if (known) return known
  const made = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })
  if (timeFormats.size >= 100) timeFormats.clear()
  timeFormats.set(locale, made)
  return made
}

export const Time = ({ at, locale }: { at: number; locale: string }) => (
  <time datetime={new Date(at * 1000).toISOString()}>{timeText(at, locale)}</time>
)

const shownLength = 400

/** For developers: what was received, with everything unseen written out. */
export const Details = ({ m, details }: { m: Messages; details: PageDetail[] }) =>
  details.length > 0 && (
    <details>
      <summary>{m.details.summary}</summary>
      <dl>
        {details.map(({ label, value }) => (
          <div>
            <dt>{label}</dt>
            <dd>
              <code>
                <bdi>{visibleText(value.slice(0, shownLength))}</bdi>
              </code>
              {value.length > shownLength && m.details.more(value.length)}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  )

/** The way to the next page of a list, where there is one. */
export const MoreLink = ({ href, text }: { href: string | undefined; text: string }) =>
  href === undefined ? null : (
    <p class="after">
      <a class="button" href={href}>
        {text}
      </a>
    </p>
  )
