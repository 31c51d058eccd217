using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using AeroGrid.Identity.Files;
using Microsoft.IdentityModel.Tokens;

namespace AeroGrid.Identity.Keys;

/// <summary>
/// The keys of the issuer, in <c>identity/keys.json</c> (mode 0600): RSA keys for signing (RS256, which every OpenID provider must offer) and
/// one AES key for codes and refresh tokens, which only the issuer itself reads. Made at the first use. Thread-safe.
/// </summary>
internal sealed class KeyStore
{
    private const int RsaBits = 2048;
    private readonly string _path;
    private readonly string _lockPath;
    private readonly TimeSpan _keep;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private (DateTime Written, KeySet Keys)? _loaded;

    /// <param name="folder">Folder of the file.</param>
    /// <param name="keep">How long a replaced key still verifies: the longest lifetime of anything that it signed.</param>
    /// <param name="time">Clock.</param>
    public KeyStore(string folder, TimeSpan keep, TimeProvider time)
    {
        _path = Path.Combine(folder, "keys.json");
        _lockPath = Path.Combine(folder, "keys.lock");
        _keep = keep;
        _time = time;
    }

    /// <summary>Called after <see cref="Current"/> found other keys in the file than before.</summary>
    public Action? OnChanged { get; set; }

    /// <summary>The keys; a rotation by another process is seen at the next call.</summary>
    /// <exception cref="IdentityException">The file is damaged.</exception>
    public KeySet Current
    {
        get
        {
            KeySet keys;
            bool changed;
            lock (_gate)
            {
                var written = File.GetLastWriteTimeUtc(_path);
                if (_loaded is { } loaded && loaded.Written == written)
                {
                    return loaded.Keys;
                }

                changed = _loaded is not null;
                keys = ToKeys(Read() ?? throw new IdentityException($"{_path} is gone; restart the platform to have new keys made"));
                _loaded = (written, keys);
            }

            if (changed)
            {
                OnChanged?.Invoke();
            }

            return keys;
        }
    }

    /// <summary>Makes keys when there are none.</summary>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(_path))
        {
            return;
        }

        using var held = await FileLock.AcquireAsync(_lockPath, cancellationToken);
        if (!File.Exists(_path))
        {
            Write(new KeysDocument
            {
                Signing = [NewSigningKey()],
                Encryption = RandomNumberGenerator.GetBytes(32),
            });
        }
    }

    /// <summary>
    /// Signs with a new key from now on. The public part of the old one stays published until what it signed has expired, unless
    /// <paramref name="compromised"/>: then everything that it signed is void at once.
    /// </summary>
    public async Task RotateAsync(bool compromised, CancellationToken cancellationToken)
    {
        await EnsureAsync(cancellationToken);
        using var held = await FileLock.AcquireAsync(_lockPath, cancellationToken);
        var document = Read()!;
        var now = _time.GetUtcNow();
        var old = document.Signing
            .Where(k => !compromised && (k.Replaced is null || k.Replaced + _keep > now))
            .Select(k => k with { PrivateKey = null, Replaced = k.Replaced ?? now });
        Write(document with { Signing = [NewSigningKey(), .. old] });
    }

    private StoredKey NewSigningKey()
    {
        using var rsa = RSA.Create(RsaBits);
        return new StoredKey
        {
            Id = Base64UrlEncoder.Encode(SHA256.HashData(rsa.ExportSubjectPublicKeyInfo()))[..16],
            Made = _time.GetUtcNow(),
            PublicKey = rsa.ExportSubjectPublicKeyInfo(),
            PrivateKey = rsa.ExportPkcs8PrivateKey(),
        };
    }

    private KeysDocument? Read()
    {
        if (PrivateFile.TryRead(_path) is not { } content)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(content, KeysJson.Default.KeysDocument) ?? throw new JsonException("there is nothing in it");
        }
        catch (JsonException e)
        {
            throw Damaged(e);
        }
    }

    private void Write(KeysDocument document) => PrivateFile.Write(_path, JsonSerializer.SerializeToUtf8Bytes(document, KeysJson.Default.KeysDocument));

    private KeySet ToKeys(KeysDocument document)
    {
        try
        {
            var now = _time.GetUtcNow();
            var active = document.Signing.First(k => k.PrivateKey is not null);
            var signing = RSA.Create();
            signing.ImportPkcs8PrivateKey(active.PrivateKey, out _);
            return new KeySet(
                new RsaSecurityKey(signing) { KeyId = active.Id },
                [.. document.Signing.Where(k => k.Replaced is not null && k.Replaced + _keep > now).Select(ToPublicKey)],
                new SymmetricSecurityKey(document.Encryption));
        }
        catch (Exception e) when (e is CryptographicException or InvalidOperationException or ArgumentException)
        {
            throw Damaged(e);
        }
    }

    private static RsaSecurityKey ToPublicKey(StoredKey key)
    {
        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(key.PublicKey, out _);
        return new RsaSecurityKey(rsa.ExportParameters(includePrivateParameters: false)) { KeyId = key.Id };
    }

    private IdentityException Damaged(Exception e) => new(
        $"{_path} is damaged ({e.Message}); restore it from a backup, or delete it to have new keys made (everyone logs in again)", e);
}

/// <summary>Keys in use.</summary>
/// <param name="Signing">Signs everything.</param>
/// <param name="Replaced">Public keys that signed what has not expired yet.</param>
/// <param name="Encryption">Encrypts what only the issuer reads.</param>
internal sealed record KeySet(RsaSecurityKey Signing, IReadOnlyList<RsaSecurityKey> Replaced, SymmetricSecurityKey Encryption);

internal sealed record KeysDocument
{
    public required IReadOnlyList<StoredKey> Signing { get; init; }

    public required byte[] Encryption { get; init; }
}

internal sealed record StoredKey
{
    public required string Id { get; init; }

    public required DateTimeOffset Made { get; init; }

    public DateTimeOffset? Replaced { get; init; }

    public required byte[] PublicKey { get; init; }

    public byte[]? PrivateKey { get; init; }
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(KeysDocument))]
internal sealed partial class KeysJson : JsonSerializerContext;
