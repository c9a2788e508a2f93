// jose, fast-jwt and jsonwebtoken at their strictest settings: `make(name, alg, key, typ)` gives a function that throws
// on a token that it refuses; null where the library does not know the algorithm.
import { createPublicKey, createSecretKey } from 'node:crypto'
import { importSPKI, jwtVerify } from 'jose'
import { createVerifier } from 'fast-jwt'
import jsonwebtoken from 'jsonwebtoken'

export const issuer = 'https://issuer.example'
export const audience = 'api'
const requiredClaims = ['iss', 'aud', 'sub', 'exp', 'iat']
const secretOf = key => Buffer.from(key.secret, 'base64url')

const makers = {
  async jose(alg, key, typ) {
    const material = key.secret ? secretOf(key) : await importSPKI(key.pem, alg)
    const options = { algorithms: [alg], issuer, audience, typ, requiredClaims, maxTokenAge: '1h', clockTolerance: 0 }
    return token => jwtVerify(token, material, options)
  },
  'fast-jwt'(alg, key, typ, cache = false) {
    const material = key.secret ? secretOf(key) : key.pem
    return createVerifier({
      key: material, algorithms: [alg], allowedIss: issuer, allowedAud: audience, checkTyp: typ, requiredClaims, maxAge: 3600000,
      clockTolerance: 0, cache
    })
  },
  jsonwebtoken(alg, key) {
    if (alg === 'EdDSA') return null
    const material = key.secret ? createSecretKey(secretOf(key)) : createPublicKey(key.pem)
    return token => jsonwebtoken.verify(token, material, { algorithms: [alg], issuer, audience, maxAge: '1h', clockTolerance: 0 })
  }
}
export const names = Object.keys(makers)
export const make = (name, ...rest) => makers[name](...rest)
