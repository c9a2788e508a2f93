# frozen_string_literal: true

require_relative 'lib/batten/version'

# Pack it with bindings/ruby/build, which lays the sources of libbatten beside the extension. In a Gemfile, `git:` finds
# them in the repository.
if File.basename($PROGRAM_NAME) == 'gem' && ARGV.first == 'build' && !File.directory?(File.join(__dir__, 'ext/batten/libbatten'))
  abort 'batten: `gem build` alone packs a gem without the sources of libbatten: run bindings/ruby/build'
end

Gem::Specification.new do |spec|
  spec.name = 'batten'
  spec.version = Batten::VERSION
  spec.authors = ['The batten authors']
  spec.summary = 'Strict JSON Web Tokens for Rack and Rails, and safe files, processes and fetches'
  spec.description = 'Verifies tokens by a policy with no permissive default, as Rack middleware, Rails concern or ' \
                     'stand-in for the jwt gem; keeps values from outside from escaping into files, shells and addresses.'
  spec.license = 'Apache-2.0'
  spec.required_ruby_version = '>= 3.0'
  spec.files = Dir.chdir(__dir__) { Dir['lib/**/*', 'sig/*.rbs', 'ext/**/*.{c,h,rb,build}', 'LICENSE', 'README.md', 'batten.gemspec'].select { |path| File.file?(path) } }
  spec.require_paths = ['lib']
  spec.extensions = ['ext/batten/extconf.rb']
  spec.metadata = { 'rubygems_mfa_required' => 'true' }
end
