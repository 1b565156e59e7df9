// Owns the look: the palette, and the one style sheet made from it.
import { createHash } from 'node:crypto'

/** Colours by role; `test/pages/style.test.ts` holds every pair that is used to its contrast. */
export const palette = {
  light: {
    paper: '#f5f4ef',
    glow: '#e2efe8',
    surface: '#ffffff',
    ink: '#18201c',
    muted: '#57625c',
    line: '#e0dfd7',
    field: '#7f8883',
    accent: '#0c6b50',
    on: '#ffffff',
    soft: '#e4f1eb',
    bad: '#a3222a',
    'bad-soft': '#fdeeec',
    warn: '#704600',
    'warn-soft': '#fcf2dc',
  },
  dark: {
    paper: '#0e1210',
    glow: '#142a22',
    surface: '#171d1a',
    ink: '#e9eeeb',
    muted: '#a3aea8',
    line: '#2d3631',
    field: '#74817a',
    accent: '#72d8b0',
    on: '#06261b',
    soft: '#17342a',
    bad: '#ffb1ab',
    'bad-soft': '#3b1c1c',
    warn: '#f2cf8b',
    'warn-soft': '#33290f',
  },
} as const

const colours = (scheme: 'light' | 'dark') =>
  Object.entries(palette[scheme])
    .map(([role, colour]) => `--${role}:${colour}`)
    .join(';')

const css = `
:root{color-scheme:light dark;${colours('light')}}
@media screen and (prefers-color-scheme:dark){:root{${colours('dark')}}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;padding:clamp(1.25rem,6vh,4rem) 1.25rem;display:grid;
grid-template-columns:minmax(0,27rem);place-content:safe center center;
background:radial-gradient(70rem 28rem at 50% -6rem,var(--glow),#0000) no-repeat var(--paper);
color:var(--ink);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
.wide{grid-template-columns:minmax(0,44rem);align-content:start}
header,.actions,.app,.account{display:flex;flex-wrap:wrap;gap:.75rem}
header{align-items:center;justify-content:space-between;margin-bottom:1.25rem}
.brand,.account,.app{display:flex;gap:.75rem;align-items:center}
.brand svg{fill:var(--accent)}
.brand path{fill:var(--on)}
.narrow main,.card{padding:1.5rem;background:var(--surface);border:1px solid var(--line);border-radius:1.25rem;
box-shadow:0 1rem 2.5rem -1.25rem #0003}
.narrow main{padding:2.25rem}
h1{margin:0;font-size:1.625rem;line-height:1.25;text-wrap:balance}
h2,h3{margin:1.5rem 0 .75rem;font-size:1rem}
h3,small,.facts,.trust,.row,details{font-size:.875rem}
p{margin:.75rem 0}
h3,small,.muted,.lead,.facts,dt,.host,summary{color:var(--muted)}
small,.trust span{display:block}
.lead{margin:.375rem 0 1.25rem}
.lead strong{color:var(--ink)}
a{color:var(--accent)}
ul{margin:0;padding:0;list-style:none}
code{font:.8125rem/1.5 ui-monospace,monospace}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.skip:not(:focus){position:absolute;left:-99rem}
label{display:block;margin:1rem 0 .375rem}
label+small{display:block;margin:-.25rem 0 .375rem}
input,select,button,.button{min-height:3rem;padding:.5rem 1rem;font:inherit;color:inherit;background:var(--surface);
border:1px solid var(--field);border-radius:.75rem}
input,select,.narrow form button,.narrow .after>.button{width:100%}
input[aria-invalid]{border:2px solid var(--bad)}
button,.button{display:inline-grid;place-content:center;text-align:center;line-height:1.25;text-decoration:none;cursor:pointer}
button:hover,.button:hover,label.account:has(:checked),.notice,.tile,.badge{background:var(--soft)}
.primary,.primary:hover{color:var(--on);background:var(--accent);border-color:var(--accent)}
.primary:hover{filter:brightness(1.08)}
.quiet{color:var(--accent);border:0;background:none;padding:.5rem .75rem}
[type=button][data-show-password]{position:relative;display:grid;width:fit-content;margin:-3rem 0 0 auto;font-size:.875rem}
input:has(+[data-show-password]){padding-right:5.5rem}
main>form>.primary,.choice,.actions{margin-top:1.5rem}
main>form>.primary~button{margin-top:.75rem}
.choice{display:grid;grid-template-columns:1fr 1fr;gap:.75rem}
.choice .primary{margin:0}
.after{margin-top:.5rem}
.ways{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;margin-top:1rem}
.ways a,.after>a:not(.button){display:inline-block;padding:.375rem 0}
.check{display:flex;gap:.75rem;align-items:start;margin:1rem 0;font-weight:400;cursor:pointer}
.check input{flex:none;width:1.5rem;min-height:1.5rem;margin:0;accent-color:var(--accent)}
nav{margin-bottom:1.75rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem;margin:0 -.75rem}
nav a{display:block;padding:.375rem .75rem;border-radius:.75rem;text-decoration:none;color:var(--muted)}
nav a:hover{background:var(--soft)}
nav [aria-current]{color:var(--ink);background:var(--soft);font-weight:600}
.cards{display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,19rem),1fr))}
h1+.cards,h1+.card,ul+.card{margin-top:1.25rem}
.card h2{margin-top:0}
.card form button,.card>button{margin-top:1rem}
.app form button{margin:0}
:is(.card,.card>form:first-child)>:is(:first-child,[name=csrf]+*,[readonly]+*){margin-top:0}
.card>:last-child{margin-bottom:0}
.card>.event{padding:.75rem 0;border-bottom:1px solid var(--line)}
.code{font-family:ui-monospace,monospace;letter-spacing:.08em;white-space:nowrap}
.qr{max-width:14rem;margin:1rem 0;border-radius:.75rem;overflow:hidden}
.qr svg{display:block}
.codes{display:grid;gap:.5rem 1.5rem;grid-template-columns:repeat(auto-fill,minmax(9rem,1fr));margin:1.5rem 0}
.codes code{font-size:1rem}
.effects{padding-left:1.25rem;list-style:disc;margin:1rem 0}
[hidden]{display:none!important}
h1,h2,h3,strong,label,button,.button,.brand,.tile{font-weight:600}
.notice{margin:1rem 0;padding:.75rem 1rem;border:1px solid #0000;border-radius:.75rem}
.tile,.badge{color:var(--accent)}
.notice *{margin:0;color:inherit}
.bad,.danger{color:var(--bad);outline-color:var(--bad)}
.bad{background:var(--bad-soft);border-color:var(--bad)}
.warn{color:var(--warn);background:var(--warn-soft);border-color:var(--warn)}
.tile{flex:none;display:grid;place-items:center;width:2.5rem;aspect-ratio:1;border-radius:30%}
.person{border-radius:50%}
header .tile,:checked+.tile{background:var(--surface)}
.pair{display:flex;gap:3rem;margin-bottom:1.25rem}
.pair .tile{width:3.25rem;font-size:1.25rem;position:relative}
.pair .person::before{content:"";position:absolute;right:3.75rem;width:2rem;border-top:3px dotted var(--field)}
.who+form{margin-left:auto}
main .account{margin:1.25rem 0;padding:.5rem .5rem .5rem 1rem;border:1px solid var(--line);border-radius:1rem}
main label.account{margin:.75rem 0;padding:.75rem;font-weight:400;cursor:pointer}
.who{flex:1 1 7rem;min-width:0}
.who h2{margin:0}
[type=radio]{width:1.5rem;flex:none;accent-color:var(--accent)}
.scopes li{position:relative;margin:.75rem 0;padding-left:1.75rem}
.scopes li::before{content:"";position:absolute;left:.25rem;top:.3rem;width:.4rem;height:.75rem;
border:solid var(--accent);border-width:0 2px 2px 0;rotate:40deg}
.badge{display:inline-block;margin-left:.5rem;padding:0 .5rem;border-radius:1rem;font-size:.75rem}
.facts{margin-top:1.25rem;padding-top:.75rem;border-top:1px solid var(--line)}
.facts li{margin-top:.375rem}
details,dl{margin:.75rem 0 0}
details:last-child{margin-bottom:-.75rem}
summary{padding:.75rem 0;cursor:pointer}
dl div{margin-bottom:.625rem}
.row{display:grid;gap:0 1rem;grid-template-columns:repeat(auto-fit,minmax(7rem,1fr))}
dd{margin:0}
:not(.cards)>.card+.card{margin-top:1rem}
@media(max-width:30rem){.narrow{align-content:start;background:var(--surface)}
.narrow main{padding:0;border:0;box-shadow:none}header .tile{display:none}header .account{width:100%}
header .who{flex-basis:100%}header .quiet{margin-left:-.75rem}}
@media(min-width:30.01rem){header .account{flex-wrap:nowrap;max-width:80%}header .who{flex:0 1 auto}header .account>:last-child{flex:none}}
@media(min-width:62rem){.wide{grid-template-columns:11rem minmax(0,44rem);column-gap:3rem}header{grid-column:1/-1}.wide header{margin-bottom:2.5rem}
nav ul{flex-direction:column}}
@media(prefers-reduced-motion:no-preference){button,.button{transition:.15s}}
@media print{:root{color-scheme:light}body{background:none}form{display:none}}
`.replace(/\n/g, '')

/** `path` follows the issuer's path; the hash in it lets the body be cached for ever. */
export const styleSheet = {
  path: `/assets/style.${createHash('sha256').update(css).digest('hex').slice(0, 12)}.css`,
  body: css,
}
