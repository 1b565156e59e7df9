// Owns the list of the places where a person is signed in.
import { accountPage, deviceName } from './account.js'
import type { SessionsPageProps, SessionView } from './account-props.js'
import { Checkbox } from './fields.js'
import { PostForm } from './layout.js'
import type { Messages } from './messages/en.js'
import { pickMessages, pickRegion } from './messages/pick.js'
import { MoreLink, Time } from './parts.js'
import type { Page } from './props.js'

/** Each form posts `csrf`, and `disconnect_apps` where that is chosen. */
export const sessionsPage = (props: SessionsPageProps): Page => {
  const m = pickMessages(props.locales)
  const locale = pickRegion(m, props.locales)
  const words = m.account.sessions
  const others = props.sessions.filter(({ own }) => !own)
  const body = (
    <>
      <p class="lead">{others.length === 0 ? words.only : words.lead}</p>
      <ul>
        {props.sessions.map((session) => (
          <Session m={m} locale={locale} csrf={props.csrf} session={session} />
        ))}
      </ul>
      <MoreLink href={props.moreHref} text={words.more} />
      {others.length > 0 && (
        <PostForm to={props.endOthers} csrf={props.csrf} class="card">
          <Checkbox name="disconnect_apps">{words.disconnectAll}</Checkbox>
          <button type="submit" class="danger">
            {words.endOthers}
          </button>
        </PostForm>
      )}
    </>
  )
  const notice = props.notice && words.ended(props.notice.count)
  return accountPage({ m, frame: props, title: words.title, notice, body })
}

type SessionProps = { m: Messages; locale: string; csrf: string; session: SessionView }

const Session = ({ m, locale, csrf, session }: SessionProps) => {
  const words = m.account.sessions
  const device = deviceName(m, session)
  const methods = session.amr
    .filter((method): method is keyof typeof words.methods => Object.hasOwn(words.methods, method))
    .map((method) => words.methods[method])
  const facts: [string, unknown][] = [
    [words.lastSeen, <Time at={session.lastSeen} locale={locale} />],
    [words.started, <Time at={session.started} locale={locale} />],
    [words.address, session.address],
    [words.how, new Intl.ListFormat(locale).format(new Set(methods))],
  ]
  return (
    <li class="card">
      <h2>
        {device}
        {session.own && <span class="badge">{words.own}</span>}
        {session.kept && <span class="badge">{words.kept}</span>}
      </h2>
      <dl class="row">
        {facts.map(
          ([name, value]) =>
            value && (
              <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
      {!session.own && (
        <PostForm to={session.end} csrf={csrf}>
          <Checkbox name="disconnect_apps">{m.account.disconnectApps}</Checkbox>
          <button type="submit" class="danger" aria-label={words.endOne(device)}>
            {words.end}
          </button>
        </PostForm>
      )}
    </li>
  )
}
