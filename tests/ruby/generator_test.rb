# frozen_string_literal: true

require_relative 'helper'
require 'rails/generators'
require 'yaml'

class GeneratorTest < BattenTest
  APPLICATION = <<~RUBY
    require "rails"
    module Shop
      class Application < Rails::Application
        config.load_defaults 6.1
      end
    end
  RUBY

  def setup
    super
    @app = File.join(dir, 'app')
    FileUtils.mkdir_p(File.join(@app, 'config'))
    File.write(File.join(@app, 'config/application.rb'), APPLICATION)
    File.write(File.join(@app, '.gitignore'), "/log/*\n")
  end

  # As `rails generate batten:install` finds it.
  def generate(*arguments)
    generator = Rails::Generators.find_by_namespace('batten:install') or flunk 'rails does not find batten:install'
    capture_io { generator.start(arguments, destination_root: @app) }
  end

  def read(path) = File.binread(File.join(@app, path))

  def test_what_it_writes_works
    generate('--issuer', 'auth: "x"', '--audience', 'shop', '--scopes', 'read:data', 'write:data')
    assert_match(/class Application.*\n.*config\.middleware\.use Batten::Middleware/, read('config/application.rb'))
    assert_match(/Batten\.logger = Rails\.logger/, read('config/initializers/batten.rb'))
    assert_equal 32, read('config/batten.secret').bytesize
    assert_equal 0o600, File.stat(File.join(@app, 'config/batten.secret')).mode & 0o777
    assert_includes read('.gitignore'), '/config/batten.secret'
    v = Batten::Verifier.new(policy: File.join(@app, 'config/batten.yml'))
    assert_equal :observe, v.mode
    assert v.verify(World.token(read('config/batten.secret'), iss: 'auth: "x"', aud: 'shop'))
    assert_refused('iss-unknown', v, World.token(read('config/batten.secret'), aud: 'shop'))
    [read('config/application.rb'), read('config/initializers/batten.rb')].each { |code| RubyVM::InstructionSequence.compile(code) }
  end

  def test_a_second_run_keeps_secret_and_lines
    generate('--enforce')
    secret = read('config/batten.secret')
    File.write(File.join(@app, 'config/batten.revoked'), "jti gone\n")
    generate('--enforce', '--force')
    assert_equal "jti gone\n", read('config/batten.revoked')
    assert_equal secret, read('config/batten.secret')
    assert_equal 1, read('config/application.rb').scan('Batten::Middleware').length
    assert_equal 1, read('.gitignore').scan('batten.secret').length
    layer = Batten::Middleware.new(->(_env) { [200, {}, []] }, policy: File.join(@app, 'config/batten.yml'))
    bearer = ->(*scopes) { "Bearer #{World.token(secret, scopes: scopes)}" }
    call = ->(method, path, authorization) { layer.call({ 'REQUEST_METHOD' => method, 'PATH_INFO' => path, 'HTTP_AUTHORIZATION' => authorization }.compact).first }
    assert_equal 200, call.('GET', '/up', nil)
    assert_equal 401, call.('GET', '/files', nil)
    assert_equal 200, call.('GET', '/files', bearer.('read:data'))
    assert_equal 403, call.('DELETE', '/files', bearer.('read:data'))
    assert_equal 200, call.('DELETE', '/files', bearer.('write:data'))
  end
end
