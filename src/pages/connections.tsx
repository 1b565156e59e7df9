// Owns the list of connected apps, where a person ends a connection.
import { closedPolicy } from './csp.js'
import { appName, PostForm, page } from './layout.js'
import type { Messages } from './messages/en.js'
import { pickMessages, pickRegion } from './messages/pick.js'
import { Account, AppTile, Avatar, ScopeList, Time } from './parts.js'
import type { ConnectionsPageProps, ConnectionView, Page } from './props.js'
import { Name, safeHref } from './text.js'

/** Each disconnect form and the sign-out form post `csrf` and their own fields. */
export const connectionsPage = (props: ConnectionsPageProps): Page => {
  const m = pickMessages(props.locales)
  const locale = pickRegion(m, props.locales)
  const { title } = m.connections
  const aside = (
    <div class="account">
      <Avatar account={props.account} />
      <Account account={props.account} />
      <PostForm to={props.signOut} csrf={props.csrf}>
        <button type="submit" class="primary">
          {m.connections.signOut}
        </button>
      </PostForm>
    </div>
  )
  const body = (
    <>
      <h1>{title}</h1>
      {props.notice && (
        <p class="notice" role="status">
          {m.connections.disconnected(<Name fallback={m.unnamed}>{props.notice.app}</Name>)}
        </p>
      )}
      {props.connections.length === 0 ? (
        <>
          <p class="lead">{m.connections.empty}</p>
          <div class="card muted">{m.connections.emptyHint}</div>
        </>
      ) : (
        <>
          <p class="lead">{m.connections.explanation}</p>
          <ul>
            {props.connections.map((connection) => (
              <Connection m={m} locale={locale} csrf={props.csrf} connection={connection} />
            ))}
          </ul>
        </>
      )}
    </>
  )
  return page({ frame: props, title, csp: closedPolicy, aside, body })
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
          <button type="submit" class="danger" aria-label={m.connections.disconnectApp(name)}>
            {m.connections.disconnect}
          </button>
        </PostForm>
      </div>
      <dl class="row">
        <div>
          <dt>{m.connections.since}</dt>
          <dd>
            <Time at={connection.since} locale={locale} />
          </dd>
        </div>
        {connection.devices > 0 && (
          <div>
            <dt>{m.connections.lastUsed}</dt>
            <dd>{lastUsed === undefined ? m.connections.never : <Time at={lastUsed} locale={locale} />}</dd>
          </div>
        )}
        <div>
          <dt>{m.connections.devices}</dt>
          <dd>{connection.devices || m.connections.noDevice}</dd>
        </div>
      </dl>
      {scopes.length > 0 && (
        <details>
          <summary>{m.connections.may}</summary>
          <ScopeList m={m} scopes={scopes} own />
        </details>
      )}
    </li>
  )
}
