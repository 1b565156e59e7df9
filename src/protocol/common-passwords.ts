// Owns the list of words and numbers that most passwords are made of. What is a rule is not listed: digits and signs
// around them, digits in the place of letters, repetitions, and whole walks along the keyboard.

const short = `
ilovemyself thepassword ourpassword password passwort passwd passcode pass motdepasse contrasena senha
parola haslo wachtwoord salasana secret geheim secure security private access login signin user username
admin root superuser manager guest test testing tester demo example sample temp temporary default changeme
change letmein welcome welkom willkommen hello hallo helloworld hola bonjour iloveyou ilove loveyou lovely
lover love loveme forever friends friend family mother father mommy daddy baby babygirl angel angels
princess prince queen king sunshine sunflower flower flowers rainbow butterfly summer winter spring autumn
sommer herbst monday tuesday wednesday thursday friday saturday sunday january february march april june
july august september october november december football soccer baseball basketball hockey tennis golf rugby
liverpool arsenal chelsea manchester barcelona realmadrid juventus bayern dortmund monkey dragon tiger lion
eagle falcon panther wolf bear shark dolphin turtle cat dog puppy kitten kitty horse bird chicken superman
batman spiderman ironman starwars pokemon pikachu naruto matrix hunter killer shadow ninja samurai warrior
knight wizard master mustang ferrari porsche mercedes corvette harley yamaha honda toyota computer internet
samsung iphone android google facebook instagram twitter microsoft windows apple amazon linux ubuntu oracle
cisco server database network system cookie cookies chocolate banana orange cherry peaches pepper ginger
cheese coffee pizza michael jennifer jessica jordan ashley daniel thomas robert matthew andrew joshua nicole
samantha elizabeth alexander charlie maggie taylor anthony justin william richard george patrick martin
david james john peter paul mark chris christopher sarah laura emma anna maria jesus christ heaven blessed
freedom america london berlin paris madrid moscow newyork california texas canada australia germany england
france mexico brasil india trustno opensesame sesame whatever nothing unknown fuckyou fuck bitch asshole
sexy hottie money dollar million lucky magic diamond silver golden gold purple yellow green black white
phoenix thunder lightning storm blaster rocket star stars galaxy universe woaini abracadabra mynameis
iamthebest iamawesome ihateyou ilovejesus ilovegod godisgood jesuschrist jesusislord allahuakbar bismillah
openthedoor dontforget forgetmenot idontknow idontcare nopassword whatisthis whocares hailmary metallica
slipknot nirvana eminem greenday linkinpark ironmaiden rammstein beatles minecraft roblox fortnite
callofduty zelda mario sonic playstation nintendo xbox steelers cowboys packers yankees redsox lakers bulls
eagles raiders broncos patriots chargers giants celtic rangers everton tottenham newcastle benfica flamengo
corinthians palmeiras bocajuniors riverplate galatasaray fenerbahce besiktas schalke hamburg trustnoone
gfhjkm ghbdtn strawberry watermelon pineapple blueberry cupcake candy sweety sweetie honey sugar brownie
bubbles snoopy scooby tinkerbell mickey minnie barbie hellokitty winnie tigger garfield joker venom
wolverine buster bailey rocky max bella lucy molly daisy sophie chloe cooper duke sadie oscar milo simba
zeus amanda melissa lauren michelle stephanie rachel rebecca heather kimberly brittany vanessa natasha
veronica victoria brandon austin tyler dylan jason steven kevin brian edward jackson morgan carlos alejandro
fernando francisco gabriel daniela valentina camila sebastian miguel jorge ricardo roberto eduardo hannah
julia lukas florian sebastien nicolas camille marine soleil amore francesca giuseppe giovanni alessandro
alessia ficken schatz arschloch marseille jetaime tequiero teamo estrella mariposa corazon bonita hermosa
contrasenya eutesamo deus gatinha kocham misiek myszka polska kasia lozinka heslo jelszo losenord
adgangskode parole sifre sifrem babygurl princesa prettygirl lovers bestfriend bestfriends friendship
supersecret topsecret classified masterkey passphrase mypassword newpassword oldpassword webmaster sysadmin
support service office company business sales marketing account finance helpdesk backup wireless wifi router
mysql postgres sqlserver sharepoint exchange vmware docker kubernetes raspberry raspberrypi alpine kali toor
ubnt covid corona pandemic lockdown quarantine vaccine bitcoin ethereum blockchain crypto happy birthday
christmas newyear halloween easter valentine holiday vacation weekend myfamily mylove mybaby mylife
lifeisgood carpediem peace peanut pumpkin spongebob ilovemymom changemenow liverpoolfc dragonballz
dragonball harrypotter taylorswift elephant goodmorning thankyou teamomucho blink182
`

/** Which more is added to than a walk can take. */
const walks = `
qwerty qwertyu qwertyui qwertyuiop qwertz qwertzuiop azerty azertyuiop asdfgh asdfghjkl asdasd asdqwe asdzxc
qweasd qweasdzxc qweqwe zxcvbn zxcvbnm zxczxc qazwsx qazwsxedc qazxsw zaqwsx 1qaz2wsx 1qazxsw2 zaq12wsx zaq1xsw2
1q2w3e 1q2w3e4r 1q2w3e4r5t q1w2e3 q1w2e3r4 abcabc abcdef abcdefg abcdefgh a1b2c3 a1b2c3d4 йцукен фывапр
`

const long = `
iloveyouforever iloveyousomuch iloveyoubaby iloveyoumore ilovemyfamily welcometothejungle administrator
adminpassword rootpassword masterpassword superpassword yourpassword secretpassword passwordsecret
strongpassword securepassword temporarypassword defaultpassword temppassword testpassword samplepassword
examplepassword forgotpassword ihatepasswords nopasswordhere correcthorsebatterystaple sesameopenyou
manchesterunited dragonballsuper lordoftherings blinkthescene michaeljackson justinbieber samsunggalaxy
motherfucker ichliebedich tequieromucho hakunamatata supercalifragilisticexpialidocious maytheforcebewithyou
iamyourfather winteriscoming tobeornottobe nevergonnagiveyouup thisismypassword thisisapassword jesuslovesme
thankyoujesus inthenameofgod letmeinplease counterstrike worldofwarcraft kaiserslautern sonnenschein
confidential userpassword happybirthday merrychristmas happynewyear onedirection 1029384756qpwo
`

const elsewhere = `
пароль любовь привет наташа максим марина андрей солнышко александр светлана татьяна николай кристина
анастасия екатерина владимир сергей дмитрий зайчик котенок спартак виктория россия москва людмила евгений
алексей михаил ирина ольга елена юлия зенит динамо 我爱你 パスワード 비밀번호 كلمةالسر συνθηματικο ססמה contraseña
`

const numbers = `
1234567891011 12345678910111213 147258369147 147258369123 741852963741 102030405060 010203040506
1357924680135 246813579246 314159265358 31415926535897 271828182845 5201314
`

/** In lower case. */
export const commonPasswords: readonly string[] = [short, walks, long, elsewhere, numbers].flatMap((list) =>
  list.trim().split(/\s+/),
)
