// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Reading words from a contract that may be hostile
/// @notice The callee can spend no more than the gas it is given and return no more than is copied.
library BoundedCall {
    uint256 private constant RETURNED = 160;

    /// @notice What became of a call: as many words as asked for or more, no code or a revert, or fewer words.
    enum Outcome {
        OK,
        UNREACHABLE,
        MALFORMED
    }

    /// @notice Calls `target` without value or writing, and copies five words of what it returns.
    /// @param gasLimit gas the callee gets; whether the caller has that much to give is for the caller to check
    function read(
        address target,
        uint256 gasLimit,
        bytes memory data
    ) internal view returns (Outcome outcome, uint256[5] memory words) {
        bool success;
        uint256 size;
        assembly ("memory-safe") {
            success := staticcall(gasLimit, target, add(data, 32), mload(data), words, RETURNED)
            size := returndatasize()
        }
        if (!success || size == 0) return (Outcome.UNREACHABLE, words);
        if (size < RETURNED) return (Outcome.MALFORMED, words);
    }

    /// @notice As `read`, for any number of words.
    /// @param count how many words are copied; fewer than that are MALFORMED
    function readWords(
        address target,
        uint256 gasLimit,
        bytes memory data,
        uint256 count
    ) internal view returns (Outcome outcome, uint256[] memory words) {
        words = new uint256[](count);
        bool success;
        uint256 size;
        assembly ("memory-safe") {
            success := staticcall(gasLimit, target, add(data, 32), mload(data), add(words, 32), mul(count, 32))
            size := returndatasize()
        }
        if (!success || size == 0) return (Outcome.UNREACHABLE, words);
        if (size < count * 32) return (Outcome.MALFORMED, words);
    }
}
