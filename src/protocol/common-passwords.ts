// Owns the list of passwords that guessers try first, without case: those of twelve characters and more whole, shorter
// ones as the word that is left when digits and signs are taken off their ends.
const whole = `
passwordpassword password12345 password123456 password1234567 password12345678 password123456789 qwertyuiop123
qwertyuiop12 qwertyuiop1234 1q2w3e4r5t6y 1q2w3e4r5t6y7u 1q2w3e4r5t6y7u8i 1q2w3e4r5t6y7u8i9o0p 1qaz2wsx3edc
1qaz2wsx3edc4rfv 1qazxsw23edc zaq12wsxcde3 zaq1zaq1zaq1 q1w2e3r4t5y6 q1w2e3r4t5y6u7i8 qazwsxedcrfv qazwsxedc123
asdfghjkl123 asdfghjkl1234 asdf1234asdf qwer1234qwer qwerasdfzxcv qweasdzxc123 zxcvbnm12345 zxcvbnm123456
abc123abc123 abcd1234abcd a1b2c3d4e5f6 a1b2c3d4e5f6g7 aa123456789 qq123456789 123qweasdzxc 123456qwerty
1234567890qwerty 123456789qwerty qwerty123456 qwerty1234567 qwerty12345678 qwerty123456789 qwerty1234567890
iloveyou1234 iloveyou12345 iloveyou123456 iloveyouforever iloveyousomuch iloveyoubaby iloveyoumore ilovemyself
ilovemymom123 ilovemyfamily letmeinletmein letmein12345 welcome12345 welcome123456 welcometothejungle changeme1234
changeme12345 changemenow123 adminadminadmin administrator administrator1 administrator123 adminpassword
rootpassword rootrootroot masterpassword superpassword mypassword123 mypassword1234 newpassword123 thepassword
yourpassword ourpassword secretpassword passwordsecret strongpassword securepassword temporarypassword defaultpassword
temppassword testpassword samplepassword examplepassword forgotpassword ihatepasswords nopassword123 nopasswordhere
correcthorsebatterystaple correct horse battery staple trustno1trustno1 opensesame123 opensesame1234 sesameopenyou
qwertyqwerty1 football12345 baseball12345 basketball12 basketball123 basketball23 liverpool123 liverpoolfc123
manchester12 manchesterunited arsenal12345 chelsea12345 barcelona123 realmadrid123 realmadrid1234 pokemon12345
dragonballz1 dragonball123 dragonballsuper starwars1234 harrypotter1 harrypotter123 lordoftherings spiderman123
superman1234 batman123456 ironman12345 blinkthescene blink182blink182 metallica123 ironmaiden66 linkinpark123
michaeljackson justinbieber onedirection1 taylorswift13 chocolate123 butterfly123 sunshine1234 princess1234
rainbow12345 strawberry12 strawberry123 watermelon12 watermelon123 pineapple123 blueberry123 elephant1234
computer1234 internet1234 samsung12345 samsunggalaxy iphone123456 microsoft123 windows12345 google123456
facebook1234 instagram123 hello12345678 helloworld12 helloworld123 helloworld1234 goodmorning1 goodmorning123
goodmorning12 thankyou1234 fuckyou12345 fuckyou123456 fuckyoufuckyou motherfucker motherfucker1 asshole12345
1234567891011 12345678910111213 123456123456 123123123123 123321123321 112233445566 11223344556677 111222333444
111222333444555 1029384756qpwo 147258369147 147258369123 741852963741 789456123789 159357159357 987654321987
000000000000 111111111111 102030405060 010203040506 1357924680135 246813579246 314159265358 31415926535897
271828182845 aaaaaaaaaaaa1 abcdefghijkl1 abcdefgh1234 abcdefgh12345678 abcdefg12345 abcdef123456 abcde1234567
abcd12345678 abc123456789 abc1234567890 asd123456789 asd123asd123 zxc123456789 zxc123zxc123 qwe123456789
qwe123qwe123 aaa111222333 winter2024winter summer2024summer january012024 monkeymonkey monkey123456 dragon123456
dragondragon1 master123456 shadow123456 michael12345 jordan123456 hunter123456 killer123456 charlie12345
jennifer1234 jessica12345 ashley123456 daniel123456 thomas123456 robert123456 matthew12345 andrew123456
joshua123456 nicole123456 samantha1234 elizabeth123 alexander123 christopher1 christopher12 stephanie123
passw0rd1234 passw0rd12345 p@ssw0rd1234 p@ssw0rd12345 p@ssword1234 p@55w0rd1234 pa55word1234 passwort1234
passwort12345 passwort123456 hallo12345678 schatz123456 ichliebedich ichliebedich1 geheimgeheim sommer123456
motdepasse123 motdepasse1 azertyuiop12 azertyuiop123 azertyuiopqsdf azerty123456 doudou123456 jetaime12345
contrasena123 contraseña123 teamomucho12 teamo1234567 tequieromucho estrella1234 senha1234567 senha12345678
parola123456 haslo1234567 zaq12wsx1234 polska123456 wachtwoord12 wachtwoord123 welkom123456 salasana1234
пароль123456 йцукенгшщзхъ йцукен123456 любовь123456 woaini123456 woaini520520 woaini1314520 5201314520131
`

const bare = `
password passwort passwd passcode pass motdepasse contrasena senha parola haslo wachtwoord salasana secret geheim
secure security private access login signin user username admin administrator root superuser manager guest test
testing tester demo example sample temp temporary default changeme change letmein welcome welkom willkommen hello
hallo helloworld hola bonjour qwerty qwertz azerty qwertyuiop qwertzuiop asdf asdfgh asdfghjkl zxcvbn zxcvbnm
qazwsx qweasd qwe asd zxc abc abcd abcdef abcdefgh iloveyou ilove loveyou lovely lover love loveme forever
friends friend family mother father mommy daddy baby babygirl angel angels princess prince queen king sunshine
sunflower flower flowers rainbow butterfly summer winter spring autumn sommer herbst monday tuesday wednesday
thursday friday saturday sunday january february march april june july august september october november december
football soccer baseball basketball hockey tennis golf rugby liverpool arsenal chelsea manchester barcelona
realmadrid juventus bayern dortmund monkey dragon tiger lion eagle falcon panther wolf bear shark dolphin turtle
cat dog puppy kitten kitty horse bird chicken superman batman spiderman ironman starwars pokemon pikachu naruto
matrix hunter killer shadow ninja samurai warrior knight wizard master mustang ferrari porsche mercedes corvette
harley yamaha honda toyota computer internet samsung iphone android google facebook instagram twitter microsoft
windows apple amazon linux ubuntu oracle cisco server database network system cookie cookies chocolate banana
orange cherry peaches pepper ginger cheese coffee pizza michael jennifer jessica jordan ashley daniel thomas
robert matthew andrew joshua nicole samantha elizabeth alexander charlie maggie taylor anthony justin william
richard george patrick martin david james john peter paul mark chris christopher sarah laura emma anna maria
jesus christ heaven blessed freedom america london berlin paris madrid moscow newyork california texas canada
australia germany england france mexico brasil india trustno trustno1 opensesame sesame whatever nothing unknown
fuckyou fuck bitch asshole sexy hottie money dollar million lucky magic diamond silver golden gold purple
yellow green black white phoenix thunder lightning storm blaster rocket star stars galaxy universe
`

const words = (list: string) => list.split(/\s+/).filter((word) => word !== '')

export const commonPasswords: ReadonlySet<string> = new Set([...words(whole), ...words(bare)])
