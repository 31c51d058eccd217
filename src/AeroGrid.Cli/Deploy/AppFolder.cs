using System.Text;
using System.Text.RegularExpressions;
using AeroGrid.Cli.Commands;

namespace AeroGrid.Cli.Deploy;

/// <summary>A folder with an app: its files as they become <c>spec.files</c>, and what <c>aerogrid.yaml</c> says about it. Immutable.</summary>
/// <param name="Files">Paths relative to the folder with '/', and their text; sorted by path.</param>
/// <param name="Settings">From <c>aerogrid.yaml</c>; everything optional.</param>
internal sealed partial record AppFolder(IReadOnlyList<(string Path, string Content)> Files, AppSettings Settings)
{
    /// <summary>Most files of an app (the CRD's own limit).</summary>
    public const int MaximumFiles = 64;

    /// <summary>Most bytes of all files together: they travel in one ConfigMap, whose limit is 1 MiB.</summary>
    public const int MaximumBytes = 900 * 1024;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly HashSet<string> IgnoredFolders =
        new(["__pycache__", "node_modules", "venv", "env", "build", "dist"], StringComparer.Ordinal);

    /// <summary>Reads a folder. Hidden files, caches and virtual environments are left out.</summary>
    /// <exception cref="CommandException">It is no folder, is empty, too large, or holds a file that is not text; the message names the file.</exception>
    public static AppFolder Read(string folder)
    {
        if (File.Exists(folder))
        {
            throw new CommandException($"{folder} is a file; name the folder that holds app.py");
        }

        if (!Directory.Exists(folder))
        {
            throw new CommandException($"there is no folder {folder}");
        }

        var files = new List<(string Path, string Content)>();
        var bytes = 0L;
        foreach (var file in Walk(new DirectoryInfo(folder)).OrderBy(f => f.FullName, StringComparer.Ordinal))
        {
            var path = Path.GetRelativePath(folder, file.FullName).Replace(Path.DirectorySeparatorChar, '/');
            if (path == AppSettings.FileName)
            {
                continue;
            }

            bytes += file.Length;
            if (files.Count == MaximumFiles)
            {
                throw new CommandException($"{folder} has more than {MaximumFiles} files; move what the app does not need out of it");
            }

            if (bytes > MaximumBytes)
            {
                throw new CommandException(
                    $"the files in {folder} are larger than {MaximumBytes / 1024} KiB together ({path} is {file.Length / 1024} KiB); move data out of the app's folder");
            }

            files.Add((path, ReadText(file, path)));
        }

        if (files.Count == 0)
        {
            throw new CommandException($"{folder} has no files; an app needs at least app.py");
        }

        return new AppFolder(files, AppSettings.Read(folder));
    }

    /// <summary>A name for an app without one: the folder's, made a DNS label (RFC 1123).</summary>
    /// <exception cref="CommandException">Nothing remains of it.</exception>
    public static string NameOf(string folder)
    {
        var name = NotInLabel().Replace(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))).ToLowerInvariant(), "-").Trim('-');
        return name.Length > 0 ? name : throw new CommandException($"no app name can be made of the folder name of {folder}; give one with --name");
    }

    /// <summary>Whether a file imports the SDK: then the app is one with grids, otherwise a web app.</summary>
    public bool ImportsSdk() => Files.Any(f => f.Path.EndsWith(".py", StringComparison.Ordinal) && SdkImport().IsMatch(f.Content));

    private static IEnumerable<FileInfo> Walk(DirectoryInfo folder)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            if (entry.Name.StartsWith('.'))
            {
                continue;
            }

            switch (entry)
            {
                // A linked folder may lead anywhere, also back to itself.
                case DirectoryInfo inner when inner.LinkTarget is null && !IgnoredFolders.Contains(inner.Name):
                    foreach (var file in Walk(inner))
                    {
                        yield return file;
                    }

                    break;
                case FileInfo { Exists: true } file when file.Extension != ".pyc":
                    yield return file;
                    break;
            }
        }
    }

    private static string ReadText(FileInfo file, string path)
    {
        try
        {
            var content = File.ReadAllBytes(file.FullName);
            // A byte order mark is how Windows editors say UTF-8; Python wants none.
            return Utf8.GetString(content.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? content.AsSpan(3) : content);
        }
        catch (DecoderFallbackException e)
        {
            throw new CommandException($"{path} is not UTF-8 text; an app's files must be text, data belongs elsewhere", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be read: {e.Message}", e);
        }
    }

    [GeneratedRegex("[^a-z0-9]+", RegexOptions.NonBacktracking)]
    private static partial Regex NotInLabel();

    [GeneratedRegex(@"^[ \t]*(import|from)[ \t]+aerogrid\b", RegexOptions.NonBacktracking | RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex SdkImport();
}
