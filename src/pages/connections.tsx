// Owns the list of connected apps, where a person ends a connection.
import { accountPage } from './account.js'
import { appName, PostForm } from './layout.js'
import type { Messages } from './messages/en.js'
import { pickMessages, pickRegion } from './messages/pick.js'
import { AppTile, MoreLink, ScopeList, Time } from './parts.js'
import type { ConnectionsPageProps, ConnectionView, Page } from './props.js'
import { Name, safeHref } from './text.js'

/** Each disconnect form and the sign-out form post `csrf` and their own fields. */
export const connectionsPage = (props: ConnectionsPageProps): Page => {
  const m = pickMessages(props.locales)
  const locale = pickRegion(m, props.locales)
  const words = m.account.connections
  const body =
    props.connections.length === 0 ? (
      <>
        <p class="lead">{words.empty}</p>
        <div class="card muted">{words.emptyHint}</div>
      </>
    ) : (
      <>
        <p class="lead">{words.explanation}</p>
        <ul>
          {props.connections.map((connection) => (
            <Connection m={m} locale={locale} csrf={props.csrf} connection={connection} />
          ))}
        </ul>
        <MoreLink href={props.moreHref} text={words.more} />
      </>
    )
  const notice = props.notice && words.disconnected(<Name fallback={m.unnamed}>{props.notice.app}</Name>)
  return accountPage({ m, frame: props, title: words.title, notice, body })
}

type ConnectionProps = { m: Messages; locale: string; csrf: string; connection: ConnectionView }

const Connection = ({ m, locale, csrf, connection }: ConnectionProps) => {
  const { app, lastUsed, scopes } = connection
  const name = appName(m, app.name)
  const href = safeHref(app.uri)
  const host = <Name>{app.host}</Name>
  return (
    <li class="card">
      <div class="app">
        <AppTile name={name} />
        <div class="who">
          <h2>
            <bdi>{name}</bdi>
          </h2>
          <small>
            {href ? (
              <a href={href} rel="noreferrer">
                {host}
              </a>
            ) : (
              host
            )}
            {m.separator}
            {app.verified ? m.verified : m.unverified}
          </small>
        </div>
        <PostForm to={connection.disconnect} csrf={csrf}>
          <button type="submit" class="danger" aria-label={m.account.connections.disconnectApp(name)}>
            {m.account.connections.disconnect}
          </button>
        </PostForm>
      </div>
      <dl class="row">
        <div>
          <dt>{m.account.connections.since}</dt>
          <dd>
            <Time at={connection.since} locale={locale} />
          </dd>
        </div>
        {connection.devices > 0 && (
          <div>
            <dt>{m.account.connections.lastUsed}</dt>
            <dd>
              {lastUsed === undefined ? m.account.connections.never : <Time at={lastUsed} locale={locale} />}
            </dd>
          </div>
        )}
        <div>
          <dt>{m.account.connections.devices}</dt>
          <dd>{connection.devices || m.account.connections.noDevice}</dd>
        </div>
      </dl>
      {scopes.length > 0 && (
        <details>
          <summary>{m.account.connections.may}</summary>
          <ScopeList m={m} scopes={scopes} own />
        </details>
      )}
    </li>
  )
}
