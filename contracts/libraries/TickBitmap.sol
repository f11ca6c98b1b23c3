// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LibBit} from "solady/src/utils/LibBit.sol";

/// @title A set of ticks from 1 to 2^24 - 1
/// @notice Three levels of 256-bit words: a bit above is set exactly while the word below it is not zero. Finding the
/// nearest member on either side reads at most five words, however sparse the set. Tick 0 is never a member and stands for none.
library TickBitmap {
    /// @param root one bit per middle word
    /// @param middle one bit per leaf
    /// @param leaves one bit per tick
    struct Bitmap {
        uint256 root;
        mapping(uint256 index => uint256) middle;
        mapping(uint256 index => uint256) leaves;
    }

    /// @notice Adds a tick. The upper words are written only when the word below them was empty.
    function set(Bitmap storage self, uint24 tick) internal {
        uint256 word = tick >> 8;
        uint256 leaf = self.leaves[word];
        self.leaves[word] = leaf | (1 << (tick & 255));
        if (leaf != 0) return;
        uint256 middle = self.middle[word >> 8];
        self.middle[word >> 8] = middle | (1 << (word & 255));
        if (middle == 0) self.root |= 1 << (word >> 8);
    }

    /// @notice Takes a tick out. The upper words are written only when the word below them becomes empty.
    function clear(Bitmap storage self, uint24 tick) internal {
        uint256 word = tick >> 8;
        uint256 leaf = self.leaves[word] & ~(1 << (tick & 255));
        self.leaves[word] = leaf;
        if (leaf != 0) return;
        uint256 middle = self.middle[word >> 8] & ~(1 << (word & 255));
        self.middle[word >> 8] = middle;
        if (middle == 0) self.root &= ~(1 << (word >> 8));
    }

    /// @notice Whether a tick is a member.
    function contains(Bitmap storage self, uint24 tick) internal view returns (bool) {
        return self.leaves[tick >> 8] & (1 << (tick & 255)) != 0;
    }

    /// @notice The smallest member greater than `tick`, 0 if there is none.
    function above(Bitmap storage self, uint24 tick) internal view returns (uint24) {
        uint256 word = tick >> 8;
        uint256 bits = self.leaves[word] & _bitsAbove(tick & 255);
        if (bits != 0) return _join(word, LibBit.ffs(bits));

        bits = self.middle[word >> 8] & _bitsAbove(word & 255);
        if (bits == 0) {
            uint256 root = self.root & _bitsAbove(word >> 8);
            if (root == 0) return 0;
            word = LibBit.ffs(root) << 8;
            bits = self.middle[word >> 8];
        }
        word = ((word >> 8) << 8) | LibBit.ffs(bits);
        return _join(word, LibBit.ffs(self.leaves[word]));
    }

    /// @notice The greatest member smaller than `tick`, 0 if there is none.
    function below(Bitmap storage self, uint24 tick) internal view returns (uint24) {
        uint256 word = tick >> 8;
        uint256 bits = self.leaves[word] & _bitsBelow(tick & 255);
        if (bits != 0) return _join(word, LibBit.fls(bits));

        bits = self.middle[word >> 8] & _bitsBelow(word & 255);
        if (bits == 0) {
            uint256 root = self.root & _bitsBelow(word >> 8);
            if (root == 0) return 0;
            word = LibBit.fls(root) << 8;
            bits = self.middle[word >> 8];
        }
        word = ((word >> 8) << 8) | LibBit.fls(bits);
        return _join(word, LibBit.fls(self.leaves[word]));
    }

    function _bitsAbove(uint256 bit) private pure returns (uint256) {
        return type(uint256).max << (bit + 1);
    }

    function _bitsBelow(uint256 bit) private pure returns (uint256) {
        return (1 << bit) - 1;
    }

    function _join(uint256 word, uint256 bit) private pure returns (uint24) {
        return uint24((word << 8) | bit);
    }
}
