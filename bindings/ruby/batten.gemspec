# frozen_string_literal: true

require_relative 'lib/batten/version'

# Build it with bindings/ruby/build, which lays the sources of libbatten beside the extension.
Gem::Specification.new do |spec|
  spec.name = 'batten'
  spec.version = Batten::VERSION
  spec.authors = ['The batten authors']
  spec.summary = 'Strict JSON Web Tokens for Rack and Rails, and safe files, processes and fetches'
  spec.description = 'Verifies tokens by a policy with no permissive default, as Rack middleware, Rails concern or ' \
                     'stand-in for the jwt gem; keeps values from outside from escaping into files, shells and addresses.'
  spec.license = 'Apache-2.0'
  spec.required_ruby_version = '>= 3.0'
  spec.files = Dir.chdir(__dir__) { Dir['lib/**/*', 'sig/*.rbs', 'ext/**/*.{c,h,rb,build}', 'LICENSE', 'README.md'].select { |path| File.file?(path) } }
  spec.require_paths = ['lib']
  spec.extensions = ['ext/batten/extconf.rb']
  spec.metadata = { 'rubygems_mfa_required' => 'true' }
end
