# ruby_jwt.rb ALG DIR SECONDS: verifications a second.
require 'json'
require 'jwt'
require 'openssl'

alg, dir, seconds = ARGV
if alg == 'EdDSA'
  puts 'none'
  exit
end
key = JSON.parse(File.read("#{dir}/keys.json"))[alg]
key = key['secret'] ? key['secret'].tr('-_', '+/').unpack1('m') : OpenSSL::PKey.read(key['pem'])
token = File.read("#{dir}/#{alg}.token")
options = { algorithm: alg, iss: 'https://issuer.example', verify_iss: true, aud: 'api', verify_aud: true, verify_iat: true }
clock = ENV['CLOCK'] == 'cpu' ? Process::CLOCK_PROCESS_CPUTIME_ID : Process::CLOCK_MONOTONIC
now = -> { Process.clock_gettime(clock) }
calls = 0
start = now.call
while now.call - start < seconds.to_f
  JWT.decode(token, key, true, options)
  calls += 1
end
puts (calls / (now.call - start)).round
