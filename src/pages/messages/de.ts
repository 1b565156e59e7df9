// Owns every word that people read on pages, in German.
import { accessDe } from './access.de.js'
import { accountDe } from './account.de.js'
import { deviceDe } from './device.de.js'
import type { Messages } from './en.js'
import { mailDe } from './mail.de.js'
import type { Phrase } from './phrase.js'
import { signInDe } from './sign-in.de.js'
import { tooLargeDe } from './too-large.de.js'

export const de: Messages = {
  lang: 'de',
  errorPrefix: 'Fehler: ',
  problemHeading: 'Es gibt ein Problem',
  skipLink: 'Zum Inhalt',
  unnamed: 'Ohne Namen',
  verified: 'Geprüft',
  unverified: 'Nicht geprüft',
  separator: ' \u00b7 ',

  account: accountDe,
  mail: mailDe,

  ...signInDe,
  ...accessDe,

  device: deviceDe,

  consent: {
    title: <T>(app: T): Phrase<T> => ['Darf ', app, ' auf Ihr Konto zugreifen?'],
    notYou: 'Nicht Sie?',
    verifiedBy: <T>(product: T): Phrase<T> => ['Vom Administrator von ', product, ' geprüft.'],
    selfRegistered:
      'Niemand hat geprüft, wer hinter dieser App steht. Lassen Sie sie nur zu, wenn Sie sie kennen und dies selbst begonnen haben.',
    willBeAble: 'Sie kann dann',
    willBeAbleMore: 'Sie möchte mehr als bisher. Sie kann dann',
    inApi: <T>(api: T): Phrase<T> => ['In ', api],
    isNew: 'Neu',
    noDescription: 'Die Betreiber dieses Dienstes haben nicht gesagt, was das bedeutet.',
    nothing: 'Wissen, dass Sie hier ein Konto haben, und sonst nichts',
    withoutScope: 'Diesen Dienst mit Ihrem Konto nutzen',
    destination: {
      host: <T>(place: T): Phrase<T> => ['Ihre Antwort geht an ', place, '.'],
      loopback: <T>(place: T): Phrase<T> => [
        'Ihre Antwort geht an eine App auf diesem Computer (',
        place,
        '). Jede App, die hier läuft, könnte sich als die oben genannte ausgeben.',
      ],
      'private-scheme': <T>(place: T): Phrase<T> => [
        'Ihre Antwort geht an die App auf diesem Gerät, die Links mit ',
        place,
        ' öffnet.',
      ],
    },
    offline:
      'Sie bleibt verbunden, auch während Sie weg sind, bis Sie sie unter „Verbundene Apps“ entfernen.',
    untilSignOut: 'Die Verbindung endet, wenn Sie sich abmelden.',
    remembered: 'Sie werden nicht wieder gefragt, außer wenn sie mehr möchte.',
    notRemembered: 'Sie werden jedes Mal gefragt.',
    renews:
      'Sie werden bei jeder Anmeldung gefragt. Solange Sie hier angemeldet sind, kann die App ihren Zugriff ohne Rückfrage erneuern.',
    about: 'Über diese App',
    clientId: 'Client-ID',
    website: 'Website',
    privacy: 'Datenschutz',
    terms: 'Nutzungsbedingungen',
    deny: 'Ablehnen',
    allow: 'Zulassen',
  },

  logout: {
    title: <T>(product: T): Phrase<T> => ['Von ', product, ' abmelden?'],
    asks: <T>(app: T): Phrase<T> => [app, ' möchte Sie abmelden.'],
    backTo: <T>(app: T): Phrase<T> => ['Danach kommen Sie zurück zu ', app, '.'],
    unregistered: (app: string) =>
      `${app} will Sie zu einer Adresse schicken, die für die App nicht registriert ist. Darum sind Sie noch angemeldet. Ein Administrator kann die Adresse bei der App unter „Post-Logout-Redirect-URIs“ eintragen.`,
    effect: 'Apps, die für diese Sitzung verbunden waren, verlieren ihren Zugriff.',
    others: 'Andere Konten in diesem Browser bleiben angemeldet.',
    disconnect: 'Auch die Apps trennen, die in diesem Browser verbunden wurden',
    stay: 'Angemeldet bleiben',
    submit: 'Abmelden',
  },

  loggedOut: {
    title: 'Sie sind abgemeldet',
    explanation: <T>(product: T): Phrase<T> => [
      'Sie haben sich in diesem Browser von ',
      product,
      ' abgemeldet.',
    ],
    hint: 'Schließen Sie an einem gemeinsamen Computer auch den Browser.',
    signIn: 'Wieder anmelden',
  },

  formPost: {
    title: 'Einen Augenblick',
    explanation: <T>(place: T): Phrase<T> => ['Sie werden zurück zu ', place, ' geschickt.'],
    hint: 'Wenn nichts geschieht, wählen Sie „Weiter“.',
    submit: 'Weiter',
  },

  actions: {
    backToApp: (app: string) => `Zurück zu ${app}`,
    backToTheApp: 'Zurück zur App',
    startAgain: 'Von vorn beginnen',
    account: 'Zu Ihrem Konto',
    tryAgain: 'Noch einmal versuchen',
    signIn: 'Anmelden',
    newLink: 'Neuen Link anfordern',
    newPassword: 'Neues Passwort wählen',
  },

  details: {
    summary: 'Einzelheiten für Entwickler',
    error: 'Fehler',
    description: 'Beschreibung',
    parameter: 'Parameter',
    received: 'Empfangener Wert',
    difference: 'Unterscheidet sich von einem registrierten in',
    clientId: 'Client-ID',
    requestId: 'Anfrage-ID',
    openedAt: 'Adresse in der Anfrage',
    issuer: 'Adresse des Servers (GRANTOR_ISSUER)',
    forwarded: 'X-Forwarded-Proto und X-Forwarded-Host',
    more: (length: number) => `\u2026 (${length} Zeichen)`,
  },

  problems: {
    unknown_client: {
      title: 'Diese App ist hier nicht bekannt',
      explanation:
        'Der Link nennt eine App, die nicht registriert ist. Sie wurden nicht angemeldet; es wurde nichts geteilt.',
    },
    disabled_client: {
      title: 'Diese App ist abgeschaltet',
      explanation:
        'Ein Administrator hat diese App gesperrt. Sie wurden nicht angemeldet; es wurde nichts geteilt.',
    },
    app_document: {
      title: 'Diese App konnte nicht geprüft werden',
      explanation:
        'Die App nennt als Namen eine Webadresse, und was dort steht, ließ sich nicht lesen oder ist ungültig. Sie wurden nicht angemeldet; es wurde nichts geteilt. Versuchen Sie es später noch einmal; bleibt es dabei, sagen Sie es den Herstellern der App.',
    },
    app_not_admitted: {
      title: 'Apps von dieser Adresse sind nicht zugelassen',
      explanation:
        'Der Administrator hat diesen Server für die App, die Sie geschickt hat, nicht geöffnet. Sie wurden nicht angemeldet; es wurde nichts geteilt.',
    },
    redirect_uri: {
      title: 'Diese App hat eine falsche Rückadresse geschickt',
      explanation:
        'Die App wollte Sie an eine Adresse schicken, die für sie nicht registriert ist. Sie wurden nicht angemeldet; es wurde nichts geteilt.',
    },
    invalid_request: {
      title: 'Dieser Link geht nicht',
      explanation:
        'Die App hat eine ungültige Anfrage geschickt. Sie wurden nicht angemeldet; es wurde nichts geteilt.',
    },
    stale_request: {
      title: 'Diese Anmeldung gilt nicht mehr',
      explanation:
        'Sie wurde schon verwendet, oder sie hat zu lange gewartet. Es wurde nichts geteilt. Gehen Sie zurück zur App, und beginnen Sie von vorn.',
    },
    expired: {
      title: 'Diese Seite ist abgelaufen',
      explanation: 'Sie war zu lange offen. Es wurde nichts geteilt. Sie können von vorn beginnen.',
      noWayOn:
        'Sie war zu lange offen. Es wurde nichts geteilt. Gehen Sie zurück zur App, und beginnen Sie von vorn.',
    },
    other_browser: {
      title: 'Diese Seite gehört zu einem anderen Browser',
      explanation:
        'Sie wurde in einem anderen Browser geöffnet, oder seine Cookies sind weg. Beginnen Sie in der App von vorn, in diesem Browser.',
    },
    forged: {
      title: 'Dieses Formular konnte nicht angenommen werden',
      explanation:
        'Es kam nicht von dieser Website, oder es ist zu alt. Gehen Sie zurück, laden Sie die Seite neu, und versuchen Sie es noch einmal.',
    },
    no_cookies: {
      title: 'Ihr Browser hat ein Cookie nicht behalten',
      explanation:
        'Zum Anmelden braucht diese Website Cookies. Erlauben Sie sie, gehen Sie dann zurück zur App, und beginnen Sie von vorn.',
    },
    twin_cookies: {
      title: 'Ihr Browser hat ein Cookie zweimal geschickt',
      explanation:
        'Nur eines davon kann von dieser Website sein. Deshalb wurde keines verwendet und das andere gelöscht. Laden Sie die Seite neu. Passiert das wieder, löschen Sie die Cookies dieser Website.',
    },
    misaddressed: {
      title: 'Dieser Server hat eine andere Adresse',
      explanation:
        'Die Seite wurde unter einer Adresse geöffnet, die der Server nicht seine eigene nennt. Öffnen Sie die App noch einmal; wenn das wiederkommt, muss ihr Administrator GRANTOR_ISSUER oder den Proxy berichtigen.',
    },
    done: {
      title: 'Diese Seite wurde schon verwendet',
      explanation: 'Sie haben hier schon geantwortet. Gehen Sie zurück zur App, um fortzufahren.',
    },
    logout: {
      title: 'Sie wurden nicht abgemeldet',
      explanation: 'Die App hat eine ungültige Anfrage zum Abmelden geschickt.',
    },
    no_mail: {
      title: 'Von hier kann keine E-Mail verschickt werden',
      explanation:
        'Dieser Server hat keinen Mailserver. Bitten Sie Ihren Administrator, ein neues Passwort für Sie zu setzen.',
    },
    no_registration: {
      title: 'Hier können Sie kein Konto erstellen',
      explanation: 'Konten legt der Administrator dieses Servers an. Bitten Sie um eine Einladung.',
    },
    not_found: { title: 'Seite nicht gefunden', explanation: 'Unter dieser Adresse gibt es nichts.' },
    method_not_allowed: {
      title: 'Das geht hier nicht',
      explanation: 'Diese Adresse nimmt Anfragen dieser Art nicht an.',
    },
    ...tooLargeDe,
    too_many_requests: {
      title: 'Zu viele Anfragen',
      explanation: 'Warten Sie einen Augenblick, und versuchen Sie es dann noch einmal.',
    },
    unavailable: {
      title: 'Der Dienst ist im Augenblick nicht erreichbar',
      explanation: 'Bitte versuchen Sie es gleich noch einmal. Es wurde nichts geändert.',
    },
    server_error: {
      title: 'Etwas ist schiefgegangen',
      explanation:
        'Der Fehler liegt bei uns, und er wurde aufgezeichnet. Bitte versuchen Sie es noch einmal.',
    },
  },

  scopes: {
    openid: {
      title: 'Sie wiedererkennen',
      description: 'Wissen, welches Konto Ihres ist, wenn Sie wiederkommen.',
    },
    profile: { title: 'Ihr Profil sehen', description: 'Ihren Namen, Ihr Bild und Ähnliches.' },
    email: { title: 'Ihre E-Mail-Adresse sehen', description: 'Und ob sie bestätigt ist.' },
    address: { title: 'Ihre Postadresse sehen', description: 'Straße, Ort und Land.' },
    phone: { title: 'Ihre Telefonnummer sehen', description: 'Und ob sie bestätigt ist.' },
    offline_access: {
      title: 'Verbunden bleiben',
      description: 'Ihr Konto verwenden, während Sie weg sind, bis Sie die App entfernen.',
    },
  },
}
