// Owns what all pages share: the document, its head, the brand and the forms of one button.
import type { Child } from 'hono/jsx'
import type { Messages } from './messages/en.js'
import { pickMessages } from './messages/pick.js'
import { passkeyScript } from './passkey-script.js'
import type { Frame, Page, PostTarget } from './props.js'
import { render } from './render.js'
import { styleSheet } from './style.js'
import { Name, plainText } from './text.js'

export type Shell = {
  frame: Frame
  /** The first part of the document's title; the page's h1 says the same. */
  title: string
  csp: string
  /** Something was refused: the title says so first, so that it is heard first. */
  failed?: boolean
  /** Account pages: wider, with a skip link and what stands at the right of the header. */
  aside?: Child
  /** Account pages: where else one can go. */
  nav?: Child
  /** The page does more where our script runs. */
  script?: boolean
  /** Where the page goes on to by itself once all of it has loaded. */
  refresh?: string
  body: Child
}

/** The finished document. Pages are plain functions of data, so there is nothing to await. */
export const page = ({
  frame,
  title,
  csp,
  failed = false,
  aside,
  nav,
  script = false,
  refresh,
  body,
}: Shell): Page => {
  const m = pickMessages(frame.locales)
  const html = (
    <html lang={m.lang}>
      <head>
        <meta charset="utf-8" />
        <title>{`${failed ? m.errorPrefix : ''}${title}${m.separator}${frame.product}`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        {refresh !== undefined && <meta http-equiv="refresh" content={`0; url=${refresh}`} />}
        <link rel="icon" href={icon} />
        <link rel="stylesheet" href={frame.base + styleSheet.path} />
        {script && <script type="module" src={frame.base + passkeyScript.path} />}
      </head>
      <body class={aside === undefined ? 'narrow' : 'wide'}>
        {aside !== undefined && (
          <a class="skip" href="#main">
            {m.skipLink}
          </a>
        )}
        <header>
          <span class="brand">
            <Mark />
            <Name>{frame.product}</Name>
          </span>
          {aside}
        </header>
        {nav}
        <main id="main">{body}</main>
      </body>
    </html>
  )
  return { html: render(html), csp }
}

const keyhole = 'M16 7.5a5 5 0 0 0-2.6 9.3l-1.5 7.7h8.2l-1.5-7.7A5 5 0 0 0 16 7.5z'

// In the document, so that no browser asks for /favicon.ico.
const icon = `data:image/svg+xml,${encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="9" fill="#0c6b50"/><path fill="#fff" d="${keyhole}"/></svg>`,
)}`

const Mark = () => (
  <svg viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">
    <rect width="32" height="32" rx="9" />
    <path d={keyhole} />
  </svg>
)

/** What an app is called where its name has no visible character. */
export const appName = (m: Messages, name: string): string => plainText(name) || m.unnamed

type Hidden = { csrf?: string | undefined; fields?: Record<string, string> | undefined }

export const HiddenFields = ({ csrf, fields = {} }: Hidden) => (
  <>
    {csrf !== undefined && <input type="hidden" name="csrf" value={csrf} />}
    {Object.entries(fields).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
  </>
)

type PostFormProps = {
  to: PostTarget
  csrf?: string | undefined
  class?: string | undefined
  children?: Child
}

export const PostForm = (props: PostFormProps) => (
  <form method="post" action={props.to.action} class={props.class}>
    <HiddenFields csrf={props.csrf} fields={props.to.fields} />
    {props.children}
  </form>
)
