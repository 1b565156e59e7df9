import { measureVerify } from './test/bench/verify.js'
for (let i = 0; i < 5; i++) console.log(await measureVerify({rounds: 3}))
