// Owns the words of the pages on the way in, in German.
import type { Phrase } from './phrase.js'
import type { signInEn } from './sign-in.en.js'

const passkey = {
  cancelled: 'Das wurde abgebrochen oder hat zu lange gedauert. Versuchen Sie es noch einmal.',
  failed: 'Das hat nicht geklappt. Versuchen Sie es noch einmal oder auf anderem Weg.',
  known: 'Auf diesem Gerät gibt es schon einen Passkey für dieses Konto.',
  unsupported: 'Dieser Browser kann hier keine Passkeys verwenden, oder seine Skripte sind abgeschaltet.',
}

const passwordFaults = {
  missing: 'Geben Sie ein Passwort ein.',
  too_short: (min: number) => `Wählen Sie ein längeres Passwort: mindestens ${min} Zeichen.`,
  too_long:
    'Wählen Sie ein kürzeres Passwort: höchstens 1.024 Byte, also ebenso viele Buchstaben ohne Umlaute.',
  characters:
    'Wählen Sie ein Passwort ohne unsichtbare Zeichen und ohne Steuerzeichen. Manche Emojis enthalten solche Zeichen.',
  common: 'Dieses Passwort würden andere als eines der ersten probieren. Wählen Sie ein anderes.',
  personal:
    'Dieses Passwort ähnelt zu sehr Ihrem Namen, Ihrer Adresse oder dieser Website. Wählen Sie ein anderes.',
  busy: 'Im Augenblick melden sich zu viele Leute an. Bitte versuchen Sie es noch einmal.',
}

export const signInDe: typeof signInEn = {
  passkey,
  passwordFaults,
  emailDomain: 'Der Teil nach dem @ ist keine gültige Domain. Prüfen Sie die Schreibweise.',

  login: {
    title: 'Anmelden',
    confirmTitle: 'Bestätigen Sie, dass Sie es sind',
    toApp: <T>(app: T): Phrase<T> => ['weiter zu ', app],
    toProduct: <T>(product: T): Phrase<T> => ['weiter zu ', product],
    reasons: {
      prompt: 'Die App bittet Sie, sich noch einmal anzumelden, obwohl Sie angemeldet sind.',
      max_age: 'Ihre Anmeldung ist eine Weile her. Geben Sie Ihr Passwort ein, um fortzufahren.',
      hint_mismatch: 'Die App erwartet ein anderes Konto als das, mit dem Sie angemeldet sind.',
      step_up: 'Die App bittet Sie, sich noch einmal und stärker anzumelden.',
      fresh: 'Im nächsten Schritt geht es um die Sicherheit Ihres Kontos. Bestätigen Sie, dass Sie es sind.',
    },
    username: 'Benutzername oder E-Mail-Adresse',
    password: 'Passwort',
    submit: 'Anmelden',
    confirm: 'Bestätigen',
    cancel: 'Abbrechen',
    keep: 'Angemeldet bleiben',
    keepHint: 'Nicht an einem gemeinsamen Computer.',
    show: 'Anzeigen',
    withPasskey: 'Mit einem Passkey anmelden',
    forgot: 'Passwort vergessen?',
    signUp: 'Konto erstellen',
    errors: {
      wrong: 'Der Benutzername oder das Passwort ist falsch.',
      wrongPassword: 'Das Passwort ist falsch.',
      missing: 'Geben Sie Benutzername und Passwort ein.',
      missingPassword: 'Geben Sie Ihr Passwort ein.',
      disabled: 'Dieses Konto ist gesperrt. Fragen Sie Ihren Administrator.',
      passkey:
        'Der Passkey wurde nicht angenommen, oder es hat zu lange gedauert. Versuchen Sie es noch einmal, oder verwenden Sie Ihr Passwort.',
      busy: 'Im Augenblick melden sich zu viele Leute an. Bitte versuchen Sie es noch einmal.',
      throttled: (wait: string) => `Zu viele Versuche. Versuchen Sie es in ${wait} noch einmal.`,
    },
  },

  selectAccount: {
    title: 'Konto auswählen',
    submit: 'Weiter',
    other: 'Anderes Konto verwenden',
    signIn: 'Anmelden',
  },

  secondFactor: {
    titles: {
      totp: 'Code eingeben',
      passkey: 'Passkey verwenden',
      recovery: 'Wiederherstellungscode verwenden',
    },
    leads: {
      totp: 'Öffnen Sie Ihre Authentifizierungs-App, und geben Sie die sechs Ziffern ein, die sie für dieses Konto zeigt.',
      passkey:
        'Bestätigen Sie mit Fingerabdruck, Gesicht, einem Sicherheitsschlüssel oder dem Code Ihres Geräts.',
      recovery: 'Geben Sie einen der Codes ein, die Sie aufbewahrt haben. Jeder gilt einmal.',
    },
    code: 'Code',
    recoveryCode: 'Wiederherstellungscode',
    submit: 'Weiter',
    usePasskey: 'Passkey verwenden',
    instead: {
      totp: 'Stattdessen einen Code der App verwenden',
      passkey: 'Stattdessen einen Passkey verwenden',
      recovery: 'Stattdessen einen Wiederherstellungscode verwenden',
    },
    errors: {
      wrong: 'Dieser Code stimmt nicht. Ein Code gilt etwa eine Minute lang, und einmal.',
      wrongRecovery: 'Dieser Code stimmt nicht, oder er wurde schon verwendet.',
      missing: 'Geben Sie den Code ein.',
      passkey:
        'Der Passkey wurde nicht angenommen, oder es hat zu lange gedauert. Versuchen Sie es noch einmal.',
    },
  },

  enrolment: {
    title: 'Anmeldung in zwei Schritten einrichten',
    why: 'Von nun an brauchen Sie zum Anmelden Ihr Passwort und einen Code aus einer App auf Ihrem Telefon.',
    scan: 'Scannen Sie dies mit einer Authentifizierungs-App',
    qrLabel: 'QR-Code mit dem Schlüssel, der darunter steht',
    byHand: 'Wenn Sie nicht scannen können, tippen Sie diesen Schlüssel in die App:',
    next: 'Geben Sie dann die sechs Ziffern ein, die die App zeigt.',
    code: 'Code',
    submit: 'Einschalten',
    wrong: 'Dieser Code stimmt nicht. Prüfen Sie die Uhr Ihres Telefons, und geben Sie den nächsten ein.',
    back: 'Zurück',
  },

  recoveryCodes: {
    title: 'Bewahren Sie diese Codes auf',
    lead: 'Wenn Ihr Telefon verloren geht, kommen Sie mit einem davon hinein. Bewahren Sie sie bei wichtigen Papieren auf. Sie werden nur jetzt gezeigt.',
    list: 'Wiederherstellungscodes',
    copy: 'Kopieren',
    copied: 'Kopiert',
    submit: 'Ich habe sie aufbewahrt',
  },

  passkeyOffer: {
    title: 'Nächstes Mal schneller anmelden',
    lead: 'Mit einem Passkey melden Sie sich mit Fingerabdruck, Gesicht oder dem Code Ihres Geräts an. Es gibt nichts zu merken und nichts, was von dieser Website gestohlen werden kann.',
    submit: 'Passkey erstellen',
    skip: 'Jetzt nicht',
    goOn: 'Weiter',
  },

  forgotPassword: {
    title: 'Neues Passwort wählen',
    lead: 'Geben Sie Ihren Benutzernamen oder Ihre E-Mail-Adresse ein. Sie bekommen eine E-Mail mit einem Link.',
    field: 'Benutzername oder E-Mail-Adresse',
    submit: 'E-Mail senden',
    missing: 'Geben Sie Ihren Benutzernamen oder Ihre E-Mail-Adresse ein.',
    sentTitle: 'Sehen Sie in Ihre E-Mail',
    sent: 'Wenn es ein Konto dieses Namens gibt, ist eine E-Mail an seine Adresse unterwegs. Der Link darin gilt 30 Minuten.',
    notThere:
      'Nach einigen Minuten nichts da? Sehen Sie bei den unerwünschten E-Mails nach, oder fragen Sie Ihren Administrator.',
    back: 'Zurück zur Anmeldung',
  },

  signUp: {
    title: 'Konto erstellen',
    lead: 'Geben Sie Ihre E-Mail-Adresse ein. Sie bekommen eine E-Mail mit einem Link, und dort geht es weiter.',
    field: 'E-Mail-Adresse',
    submit: 'E-Mail senden',
    invalid: 'Geben Sie eine E-Mail-Adresse ein, wie name@example.org.',
    sentTitle: 'Sehen Sie in Ihre E-Mail',
    sent: <T>(address: T): Phrase<T> => [
      'Eine E-Mail ist unterwegs an ',
      address,
      '. Der Link darin gilt 60 Minuten.',
    ],
    back: 'Zurück zur Anmeldung',
  },

  newPassword: {
    titles: {
      reset: 'Neues Passwort wählen',
      registration: 'Konto erstellen',
      invitation: 'Willkommen',
    },
    resetEffect: 'Sie werden überall abgemeldet, und verbundene Apps müssen Sie neu fragen.',
    username: 'Sie melden sich an als',
    name: 'Ihr Name',
    nameHint: 'So, wie Apps ihn zeigen dürfen, die Sie zulassen. Sie können ihn weglassen.',
    password: 'Neues Passwort',
    passwordHint: (min: number) =>
      `Mindestens ${min} Zeichen. Mehrere Wörter sind leicht zu merken und schwer zu erraten.`,
    submits: { reset: 'Passwort setzen', registration: 'Konto erstellen', invitation: 'Passwort setzen' },
  },

  confirmEmail: {
    verify: { title: 'E-Mail-Adresse bestätigen', submit: 'Das ist meine Adresse' },
    change: { title: 'Diese E-Mail-Adresse verwenden?', submit: 'Diese Adresse verwenden' },
    about: <T>(address: T): Phrase<T> => ['Die Adresse ist ', address, '.'],
    other: <T>(account: T): Phrase<T> => [
      'Der Link in der E-Mail gehört zu einem anderen Konto als dem, mit dem Sie hier angemeldet sind: ',
      account,
    ],
    switch: 'Zum Konto des Links wechseln',
  },

  notices: {
    dead_link: {
      title: 'Dieser Link gilt nicht mehr',
      explanation:
        'Er wurde schon verwendet, ist zu alt, oder es hat sich etwas geändert, seit er verschickt wurde. Jetzt ist nichts geschehen.',
    },
    removal_stopped: {
      title: 'Nichts wird entfernt',
      explanation:
        'Passkeys und Anmeldung in zwei Schritten bleiben. Wer das Entfernen verlangt hat, kennt Ihr Passwort. Wenn Sie das nicht waren, wählen Sie jetzt ein neues.',
    },
    email_taken: {
      title: 'Diese Adresse gehört zu einem anderen Konto',
      explanation: 'Ihre Adresse ist unverändert. Wählen Sie eine andere.',
    },
    email_confirmed: {
      title: 'Ihre E-Mail-Adresse ist bestätigt',
      explanation: 'E-Mails über Ihr Konto kommen an diese Adresse.',
    },
    account_ready: {
      title: 'Ihr Konto ist bereit',
      explanation:
        'Wenn Sie in einem anderen Browser oder in einer App begonnen haben, gehen Sie dorthin zurück und melden Sie sich an.',
    },
    password_reset: {
      title: 'Ihr Passwort ist geändert',
      explanation:
        'Sie sind überall abgemeldet, und alle Apps sind getrennt. Melden Sie sich mit dem neuen Passwort an.',
    },
    account_deleted: {
      title: 'Ihr Konto ist gelöscht',
      explanation:
        'Ihr Profil und Ihre Anmeldewege sind gelöscht, und Apps, die Sie verbunden hatten, haben keinen Zugriff mehr. Nur das Protokoll der Anmeldungen und Änderungen bleibt für begrenzte Zeit gespeichert.',
    },
  },
}
