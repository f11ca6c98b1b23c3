// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {ProRata} from "../../contracts/deleveraging/ProRata.sol";
import {FixedMath} from "../../contracts/libraries/FixedMath.sol";
import {LedgerWorld} from "../support/LedgerWorld.sol";
import {Properties} from "../support/Properties.sol";
import {Test} from "../support/Test.sol";

/// @title Random histories of one market keep the books
contract LedgerConservationTest is Test {
    uint8 internal constant TRADERS = 6;
    uint256 internal constant STEPS = 40;

    /// @dev Absolute funding one base unit has seen in this history, quote, WAD.
    uint256 private _funded;

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_WithoutFundingNotOneWeiIsEverMinted(uint256 seed) external {
        _history(seed, false);
    }

    /// @dev A torn tranche cannot hold any size: longs join it a little short, shorts a little over, and that dust of base, which P2
    /// names and bounds, is paid funding. It is the only dust that can leave the ledger, and the only one allowed for.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_FundingMintsNoMoreThanTheRoundingOfSizesEarns(uint256 seed) external {
        _history(seed, true);
    }

    function _history(uint256 seed, bool funding) private {
        LedgerWorld world = new LedgerWorld(TRADERS, new ProRata(), _price(seed));
        for (uint256 step; step < STEPS; ++step) {
            seed = uint256(keccak256(abi.encode(seed, step)));
            int256 before = world.fundingPaid();
            _step(world, seed, funding);
            _funded += FixedMath.abs(world.fundingPaid() - before);
            if (step % 4 == 3) _check(world, step);
        }
    }

    function _step(LedgerWorld world, uint256 random, bool funding) private {
        uint256 kind = random % 10;
        uint32 account = uint32(1 + ((random >> 8) % TRADERS));
        uint32 other = uint32(1 + ((random >> 16) % TRADERS));
        uint256 amount = _spread(random >> 32, world.notional());
        if (kind < 4) {
            uint256 price = (world.mark() * (95 + ((random >> 128) % 11))) / 100;
            try world.trade(account, other, random >> 255 == 1, uint96(amount), uint128(price)) {} catch {}
        } else if (kind == 4) {
            skip((random >> 32) % 8 hours);
            world.poke(account);
        } else if (kind == 5) {
            uint256 price = (world.start() * (10 + ((random >> 32) % 290))) / 100 + 1;
            world.setPrice(price, funding ? int256((random >> 128) % 0.6e18) - 0.3e18 : world.NO_FUNDING());
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

    function _check(LedgerWorld world, uint256 step) private view {
        LedgerWorld.Books memory books = world.books();
        uint256 touched = 2 * (step + 1);
        // A tear-up rounds size per share, which shares turn into one part in 1e18 of the size at most.
        uint256 sizeDust = touched * (4 + (TRADERS * FixedMath.min(world.notional(), type(uint96).max)) / 1e18);
        uint256 fundingDust = (_funded * sizeDust) / 1e18;
        vm.assertGe(books.surplus, -int256(fundingDust), Properties.P3);
        // A wei of base left in the ledger is worth its price, which rises to three times the first at most.
        uint256 priceDust = 4 * touched * (1 + (3 * world.start()) / 1e18);
        // Cash per share carries 27 decimals, and shares outnumber size by a billion at most.
        uint256 shareDust = touched * (1 + (TRADERS * world.notional()) / 1e18);
        vm.assertLe(books.surplus, int256(priceDust + shareDust + fundingDust), Properties.P3);
        vm.assertApproxEqAbs(books.long, books.short, sizeDust, Properties.P2);
        vm.assertApproxEqAbs(books.long, books.longInterest, sizeDust, Properties.P2);
        vm.assertApproxEqAbs(books.short, books.shortInterest, sizeDust, Properties.P2);
    }
}
