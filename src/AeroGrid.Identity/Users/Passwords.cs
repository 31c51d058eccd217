using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace AeroGrid.Identity.Users;

/// <summary>Hashes, checks and generates passwords. Thread-safe.</summary>
internal static class Passwords
{
    /// <summary>PBKDF2 with HMAC-SHA-512: the OWASP Password Storage Cheat Sheet asks for 210,000.</summary>
    private const int Iterations = 210_000;

    /// <summary>No letters and digits that look alike.</summary>
    private const string Alphabet = "abcdefghijkmnpqrstuvwxyz23456789";

    private static readonly PasswordHasher<string> Hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = Iterations }));

    /// <summary>A hash of a password that nobody has: checking it takes as long as checking a real one.</summary>
    private static readonly Lazy<string> NobodysHash = new(() => Hash(Generate()));

    /// <summary>Hashing is meant to be slow; more at a time than this would keep the machine from its work.</summary>
    private static readonly SemaphoreSlim Slots = new(2, 2);

    public static string Hash(string password) => Hasher.HashPassword("", password);

    /// <summary>Whether a password has this hash; null is the hash of nobody, which takes the same time.</summary>
    public static async Task<bool> VerifyAsync(string? hash, string password, CancellationToken cancellationToken)
    {
        await Slots.WaitAsync(cancellationToken);
        try
        {
            var known = hash ?? NobodysHash.Value;
            var result = await Task.Run(() => Hasher.VerifyHashedPassword("", known, password), cancellationToken);
            return hash is not null && result != PasswordVerificationResult.Failed;
        }
        finally
        {
            Slots.Release();
        }
    }

    /// <summary>A password of 80 random bits that is easy to type.</summary>
    public static string Generate() => string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString(Alphabet, 4)));
}
