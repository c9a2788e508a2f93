# frozen_string_literal: true

require_relative 'helper'
require 'open3'

# The Gemfile of docs/ruby.md in an application's empty folder.
class GemfileTest < BattenTest
  PACKED = File.join(Gem.dir, 'cache', "batten-#{Batten::VERSION}.gem")
  ALONE = %w[GEM_HOME GEM_PATH RUBYLIB RUBYOPT BUNDLE_GEMFILE].to_h { |name| [name, nil] }.merge('BUNDLE_PATH' => 'vendor/bundle', 'BUNDLE_SILENCE_ROOT_WARNING' => '1').freeze

  def sh(*command)
    text, status = Open3.capture2e(ALONE.merge('HOME' => dir), *command, chdir: dir)
    [text, status.success?]
  end

  def line_of_docs = File.read(File.join(__dir__, '../../docs/ruby.md'))[/^```ruby\n(gem "batten".*)\n```$/, 1] || flunk('docs/ruby.md names no Gemfile line')

  def test_the_line_of_the_docs_installs_and_loads
    FileUtils.mkdir_p(File.join(dir, 'vendor/cache'))
    FileUtils.cp(PACKED, File.join(dir, 'vendor/cache'))
    write('Gemfile', "source 'https://rubygems.org'\n#{line_of_docs}\n")
    text, ok = sh('bundle', 'install', '--local')
    assert ok, text
    text, ok = sh('bundle', 'exec', 'ruby', '-e', 'require "batten"; print Batten::SafeProcess.run(["echo", Batten::VERSION]).output')
    assert_equal ["#{Batten::VERSION}\n", true], [text, ok]
  end

  def test_what_is_not_compiled_says_so
    text, ok = sh('gem', 'unpack', PACKED)
    assert ok, text
    write('Gemfile', "source 'https://rubygems.org'\ngem 'batten', path: 'batten-#{Batten::VERSION}'\n")
    text, ok = sh('bundle', 'install', '--local')
    assert ok, text
    text, ok = sh('bundle', 'exec', 'ruby', '-e', 'require "batten"')
    refute ok
    assert_match(%r{extension is not compiled.*vendor/cache}, text)
  end

  def test_a_gem_without_sources_is_not_built
    copy = File.join(dir, 'ruby')
    FileUtils.cp_r(File.join(__dir__, '../../bindings/ruby'), copy)
    FileUtils.rm_rf(File.join(copy, 'ext/batten/libbatten'))
    text, ok = Open3.capture2e('gem', 'build', 'batten.gemspec', chdir: copy).then { |said, status| [said, status.success?] }
    refute ok
    assert_match(%r{bindings/ruby/build}, text)
  end
end
