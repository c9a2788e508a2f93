# frozen_string_literal: true

# What all tests of the gem share: keys, tokens, policies. Tokens are made here and not by the gem under test.
require 'minitest/autorun'
require 'base64'
require 'fileutils'
require 'json'
require 'logger'
require 'openssl'
require 'securerandom'
require 'socket'
require 'sqlite3'
require 'stringio'
require 'tmpdir'
require 'batten'

Batten.logger = Logger.new(File::NULL)

module World
  ISSUER = 'my-rails-auth-service'
  AUDIENCE = 'my-rails-app'
  RSA = OpenSSL::PKey::RSA.new(2048)
  EC = OpenSSL::PKey::EC.generate('prime256v1')

  module_function

  def base64(bytes) = Base64.urlsafe_encode64(bytes, padding: false)

  def claims(**more)
    now = Time.now.to_i
    { iss: ISSUER, aud: AUDIENCE, sub: 'user-7', iat: now, exp: now + 600, scopes: %w[read:data] }.merge(more).compact
  end

  def token(key, alg: 'HS256', header: {}, **claims)
    signed = [{ alg: alg, typ: 'JWT', **header }, World.claims(**claims)].map { |part| base64(JSON.generate(part)) }.join('.')
    "#{signed}.#{base64(signature(key, alg, signed))}"
  end

  def signature(key, alg, signed)
    hash = "SHA#{alg[2..]}"
    case alg[0, 2]
    when 'HS' then OpenSSL::HMAC.digest(hash, key, signed)
    when 'RS' then key.sign(hash, signed)
    when 'ES' then OpenSSL::ASN1.decode(key.sign(hash, signed)).value.map { |n| n.value.to_s(2).rjust(32, "\0") }.join
    else ''
    end
  end
end

class BattenTest < Minitest::Test
  attr_reader :dir, :secret

  def setup
    @dir = Dir.mktmpdir('batten-ruby-')
    @secret = SecureRandom.bytes(32)
    write('key.secret', @secret, 0o600)
  end

  def teardown = FileUtils.remove_entry(dir)

  # Atomically, as whoever changes keys under a running program must.
  def write(name, bytes, mode = 0o644)
    path = File.join(dir, name)
    File.binwrite("#{path}.new", bytes)
    File.chmod(mode, "#{path}.new")
    File.rename("#{path}.new", path)
    path
  end

  def policy(issuer = {}, **more)
    usual = { issuer: World::ISSUER, algorithms: ['HS256'], audiences: [World::AUDIENCE], keys: { file: 'key.secret' }, max_lifetime: '1h' }
    rules = { version: 1, issuers: [usual.merge(issuer)], scopes: { claim: 'scopes', allow: %w[read:data write:data admin:read] } }
    write('policy.yml', JSON.generate(rules.merge(more)))
  end

  def verifier(...) = Batten::Verifier.new(policy: policy(...))
  def token(**claims) = World.token(secret, **claims)

  def assert_refused(reason, verifier, token, **facts)
    refused = assert_raises(Batten::Refused, "#{reason} was accepted") { verifier.verify(token, **facts) }
    assert_equal reason, refused.reason
    refused
  end

  # Waits for a condition, not for a time.
  def within(seconds)
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
    until (answer = yield)
      flunk "not within #{seconds} s" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
      sleep 0.01
    end
    answer
  end
end
