// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {ProRata} from "../../contracts/deleveraging/ProRata.sol";
import {LedgerWorld} from "../support/LedgerWorld.sol";
import {Properties} from "../support/Properties.sol";
import {Test} from "../support/Test.sol";

/// @title Random histories of one market keep the books
contract LedgerConservationTest is Test {
    uint8 internal constant TRADERS = 6;
    uint256 internal constant STEPS = 40;

    /// forge-config: default.fuzz.runs = 300
    function testFuzz_ARandomHistoryNeitherMintsNorBurnsMoney(uint256 seed) external {
        LedgerWorld world = new LedgerWorld(TRADERS, new ProRata(), _price(seed));
        for (uint256 step; step < STEPS; ++step) {
            seed = uint256(keccak256(abi.encode(seed, step)));
            _step(world, seed);
            if (step % 4 == 0) _check(world);
        }
    }

    function _step(LedgerWorld world, uint256 random) private {
        uint256 kind = random % 10;
        uint32 account = uint32(1 + ((random >> 8) % TRADERS));
        uint32 other = uint32(1 + ((random >> 16) % TRADERS));
        uint256 amount = _spread(random >> 32, world.notional());
        if (kind < 4) {
            uint256 price = (world.mark() * (95 + ((random >> 128) % 11))) / 100;
            try world.trade(account, other, random >> 255 == 1, uint96(amount), uint128(price)) {} catch {}
        } else if (kind == 4) {
            skip((random >> 32) % 8 hours);
        } else if (kind == 5) {
            uint256 price = (world.start() * (10 + ((random >> 32) % 290))) / 100 + 1;
            world.setPrice(price, int256((random >> 128) % 0.6e18) - 0.3e18);
        } else if (kind == 6) {
            world.poke(account);
        } else if (kind == 7) {
            int256 size = int256(amount) * (world.sizeOf(account) < 0 ? -1 : int256(1));
            try world.deleverage(account, size, world.mark(), _spread(random >> 128, 1e26)) {} catch {}
        } else if (kind == 8) {
            try world.closeAtMark(account, amount) {} catch {}
        } else {
            int256 size = world.sizeOf(account);
            size = (size * int256((random >> 64) % 101)) / 100;
            try world.transferPosition(account, other, size, world.mark(), 0) {} catch {}
        }
    }

    /// @dev From one wei to `largest`, every order of magnitude as likely as any other.
    function _spread(uint256 random, uint256 largest) private pure returns (uint256) {
        uint256 size = largest >> (random % (FixedPointMathLib.log2(largest) + 1));
        return 1 + ((random >> 16) % size);
    }

    /// @dev From a hundred-millionth of a quote unit to a hundred million.
    function _price(uint256 random) private pure returns (uint256) {
        return 1e10 * 10 ** (random % 17);
    }

    function _check(LedgerWorld world) private view {
        LedgerWorld.Books memory books = world.books();
        vm.assertGe(books.surplus, 0, Properties.P3);
        vm.assertLt(books.surplus, 1e12, Properties.P3);
        vm.assertApproxEqAbs(books.long, books.short, 1e3, Properties.P2);
        vm.assertApproxEqAbs(books.long, books.longInterest, 1e3, Properties.P2);
        vm.assertApproxEqAbs(books.short, books.shortInterest, 1e3, Properties.P2);
    }
}
