// Owns the words of the account pages, in German.
import { pageSize } from '../page-size.js'
import type { accountEn } from './account.en.js'
import { activityDe } from './activity.de.js'
import type { Phrase } from './phrase.js'

const plural = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`

export const accountDe: typeof accountEn = {
  nav: 'Konto',
  switch: 'Konto wechseln',
  signOut: 'Abmelden',
  sections: {
    overview: 'Übersicht',
    profile: 'Profil',
    password: 'Passwort',
    passkeys: 'Passkeys',
    'second-factor': 'Zwei Schritte',
    sessions: 'Sitzungen',
    connections: 'Verbundene Apps',
    activity: 'Aktivität',
    data: 'Ihre Daten',
  },
  save: 'Speichern',
  disconnectApps: 'Auch die Apps trennen, die dort verbunden wurden',
  never: 'Noch nicht',
  unknownDevice: 'Unbekannter Browser',
  deviceOn: (browser: string, system: string) => `${browser} unter ${system}`,

  overview: {
    title: 'Ihr Konto',
    unverified:
      'Die Adresse ist nicht bestätigt: Sie können per E-Mail weder gewarnt werden noch Hilfe bekommen.',
    noEmail: 'Keine E-Mail-Adresse',
    addEmail: 'Ohne E-Mail-Adresse können Sie weder gewarnt werden noch Hilfe bekommen.',
    passwordNever: 'Sie melden sich ohne an.',
    passwordSet: 'Zuletzt geändert',
    passwordUnknown: 'Sie haben eines.',
    passkeys: (count: number) => (count === 0 ? 'Noch keine' : plural(count, 'Passkey', 'Passkeys')),
    onePasskey: 'Mit einem zweiten sind Sie nicht ausgesperrt, wenn Sie ein Gerät verlieren.',
    on: 'Ein',
    off: 'Aus: Mit Ihrem Passwort allein kommt jeder hinein.',
    codesLeft: (count: number) =>
      `noch ${plural(count, 'Wiederherstellungscode', 'Wiederherstellungscodes')}`,
    fewCodes: 'Machen Sie neue Wiederherstellungscodes, bevor sie ausgehen.',
    sessions: (count: number) =>
      count === 1 ? 'Nur diese' : count > pageSize ? `Mehr als ${pageSize} Orte` : `${count} Orte`,
    connections: (count: number) =>
      count === 0 ? 'Keine' : count > pageSize ? `Mehr als ${pageSize} Apps` : plural(count, 'App', 'Apps'),
    activity: 'Was zuletzt geschehen ist',
    data: 'Mitnehmen, oder das Konto löschen',
  },

  profile: {
    title: 'Profil',
    lead: 'Apps sehen davon, was Sie ihnen erlauben.',
    username: 'Benutzername',
    name: 'Voller Name',
    givenName: 'Vorname',
    familyName: 'Nachname',
    language: 'Sprache',
    noLanguage: 'Wie der Browser es sagt',
    email: 'E-Mail-Adresse',
    noEmail: 'Sie haben keine angegeben.',
    verified: 'Sie ist bestätigt.',
    unverified: 'Sie ist noch nicht bestätigt.',
    verify: 'Bestätigungs-E-Mail senden',
    newEmail: 'Neue E-Mail-Adresse',
    change: 'Adresse ändern',
    changeTitle: 'E-Mail-Adresse ändern',
    changeLead:
      'An die neue Adresse geht eine E-Mail mit einem Link. Erst wenn der Link geöffnet wird, ändert sich die Adresse.',
    sent: <T>(address: T): Phrase<T> => [
      'Eine E-Mail ist unterwegs an ',
      address,
      '. Öffnen Sie den Link darin, um fortzufahren.',
    ],
    tooLong: 'Ein Name hat höchstens 200 Zeichen.',
    invalid: 'Geben Sie eine E-Mail-Adresse ein, wie name@example.org.',
  },

  password: {
    title: 'Passwort',
    lastChanged: 'Zuletzt geändert',
    none: 'Sie haben kein Passwort. Mit einem können Sie sich anmelden, wo Ihre Passkeys nicht zur Hand sind.',
    endSessions: 'Überall sonst abmelden',
    disconnect: 'Auch alle Apps trennen',
    submit: 'Passwort ändern',
    submitFirst: 'Passwort setzen',
    changed: 'Ihr Passwort ist geändert.',
  },

  passkeys: {
    title: 'Passkeys',
    lead: 'Mit einem Passkey melden Sie sich mit Fingerabdruck, Gesicht oder dem Code Ihres Geräts an.',
    empty: 'Sie haben noch keine Passkeys.',
    one: 'Sie haben einen Passkey. Mit einem zweiten auf einem anderen Gerät sind Sie nicht ausgesperrt, wenn Sie es verlieren.',
    created: 'Erstellt',
    lastUsed: 'Zuletzt verwendet',
    synced: 'Zwischen Ihren Geräten abgeglichen',
    single: 'Auf einem Gerät',
    name: 'Name',
    nameNew: 'Name des neuen Passkeys',
    nameHint: 'Damit Sie ihn wiedererkennen. Sie können ihn weglassen.',
    rename: 'Umbenennen',
    renameOne: (name: string) => `Neuer Name für ${name}`,
    remove: 'Entfernen',
    removeOne: (name: string) => `${name} entfernen`,
    add: 'Passkey hinzufügen',
    impossible:
      'Passkeys brauchen einen Hostnamen. Dieser Server wird über eine Nummer erreicht, deshalb gibt es keine.',
    errors: {
      refused:
        'Der Passkey konnte nicht geprüft werden, oder es hat zu lange gedauert. Versuchen Sie es noch einmal.',
      known: 'Dieser Passkey ist schon bekannt.',
      too_many: 'Sie haben so viele Passkeys, wie es geben kann. Entfernen Sie zuerst einen.',
      name_missing: 'Geben Sie einen Namen ein.',
      last: 'Das ist Ihr einziger Weg hinein. Wählen Sie zuerst ein Passwort, oder fügen Sie einen anderen Passkey hinzu.',
    },
  },

  twoStep: {
    title: 'Anmeldung in zwei Schritten',
    off: 'Sie ist aus. Schalten Sie sie ein, und mit Ihrem Passwort allein kommt niemand hinein: Zum Anmelden gehört dann ein Code aus einer App auf Ihrem Telefon.',
    on: 'Sie ist ein: Zum Anmelden gehören Ihr Passwort und ein Code aus Ihrer App.',
    since: 'Seit',
    codes: 'Übrige Wiederherstellungscodes',
    setUp: 'Einrichten',
    renew: 'Neue Wiederherstellungscodes machen',
    renewHint: 'Neue Wiederherstellungscodes treten an die Stelle derer, die Sie haben.',
    renewedMeanwhile:
      'Ihre Wiederherstellungscodes wurden zweimal im selben Augenblick erneuert, und nur die ersten gelten. Wenn Sie sie nicht in einem anderen Fenster sehen, erzeugen Sie neue.',
    turnOff: 'Ausschalten',
    turnOffHint: 'Mit Ihrem Passwort allein kommen Sie dann wieder hinein.',
    required: 'Ihr Administrator verlangt sie für Ihr Konto, deshalb kann sie nicht ausgeschaltet werden.',
    requiredOff:
      'Ihr Administrator verlangt sie für Ihr Konto. Sie werden gebeten, sie einzurichten, wenn Sie sich das nächste Mal anmelden.',
  },

  sessions: {
    title: 'Sitzungen',
    lead: 'An diesen Orten sind Sie angemeldet. Beenden Sie, was Sie nicht kennen.',
    only: 'Sie sind hier angemeldet und nirgends sonst.',
    own: 'Diese',
    address: 'Adresse',
    started: 'Seit',
    lastSeen: 'Zuletzt gesehen',
    how: 'Angemeldet mit',
    methods: { pwd: 'Passwort', otp: 'Code', pop: 'Passkey', swk: 'Passkey' },
    kept: 'Bleibt angemeldet',
    end: 'Abmelden',
    endOne: (device: string) => `${device} abmelden`,
    more: 'Früher angemeldet',
    endOthers: 'Überall sonst abmelden',
    disconnectAll: 'Auch alle Apps trennen',
    ended: (count: number) =>
      count === 1 ? 'Eine Sitzung ist beendet.' : `${count} Sitzungen sind beendet.`,
  },

  connections: {
    title: 'Verbundene Apps',
    explanation: 'Diese Apps können Ihr Konto verwenden. Trennen Sie, was Sie nicht mehr brauchen.',
    empty: 'Keine App ist mit Ihrem Konto verbunden.',
    emptyHint: 'Wenn Sie einer App Zugriff auf Ihr Konto erlauben, erscheint sie hier.',
    more: 'Weitere Apps',
    may: 'Was sie darf',
    since: 'Verbunden',
    lastUsed: 'Zuletzt verwendet',
    never: 'Noch nicht',
    devices: 'Geräte',
    noDevice: 'Zurzeit keine',
    disconnect: 'Trennen',
    disconnectApp: (app: string) => `${app} trennen`,
    disconnected: <T>(app: T): Phrase<T> => [
      app,
      ' ist getrennt. Sie bekommt keinen neuen Zugriff, wenn Sie ihn nicht wieder erlauben.',
    ],
  },

  activity: {
    title: 'Aktivität',
    lead: 'Was mit Ihrem Konto geschehen ist, das Neueste zuerst.',
    empty: 'Es ist noch nichts aufgezeichnet.',
    byAdministrator: 'Ein Administrator',
    earlier: 'Früher',
    times: (count: number) => `${count}-mal`,
    events: activityDe,
  },

  data: {
    title: 'Ihre Daten',
    exportTitle: 'Mitnehmen',
    exportLead: 'Alles, was über Sie gespeichert ist, in einer Datei, die Programme lesen können.',
    export: 'Als JSON herunterladen',
    deleteTitle: 'Konto löschen',
    deleteLead: 'Das ist endgültig. Sie werden noch einmal gefragt.',
    delete: 'Konto löschen',
  },

  delete: {
    title: 'Ihr Konto löschen?',
    effects: [
      'Sie werden überall abgemeldet.',
      'Apps, die Sie verbunden haben, verlieren sofort ihren Zugriff.',
      'Ihr Profil, Ihre Passkeys und Anmeldewege werden gelöscht. Niemand kann sie zurückholen.',
    ],
    keptTitle: 'Was gespeichert bleibt',
    kept: (days: number) =>
      `Ein Protokoll der Anmeldungen und Änderungen dieses Kontos: was geschehen ist, wann, von welcher IP-Adresse und mit welcher App. Ihr Name und Ihre E-Mail-Adresse stehen nicht darin. Jeder Eintrag wird ${days} Tage nach dem Ereignis gelöscht.`,
    why: 'Damit kann ein Administrator auch später noch feststellen, ob das Konto missbraucht wurde.',
    confirm: (username: string) => `Tippen Sie zur Bestätigung ${username}`,
    submit: 'Endgültig löschen',
    back: 'Konto behalten',
    mismatch: 'Das ist nicht Ihr Benutzername. Es wurde nichts gelöscht.',
  },
}
